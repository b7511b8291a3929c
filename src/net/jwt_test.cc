#include "net/jwt.h"

#include <gtest/gtest.h>

namespace vr::net {
namespace {

const std::string kKey(32, 'k');

TEST(Jwt, CarriesItsClaims) {
  const auto token = SignJwt(R"({"exp":4102444800,"sub":"me"})", kKey);
  ASSERT_TRUE(token.ok()) << token.error().message;
  const auto claims = VerifyJwt(*token, kKey);
  ASSERT_TRUE(claims.ok());
  EXPECT_NE(claims->find("\"sub\":\"me\""), std::string::npos) << *claims;
}

TEST(Jwt, IsRefusedWhereAnythingIsNotOurs) {
  const std::string token = SignJwt(R"({"sub":"me"})", kKey).value();
  EXPECT_FALSE(VerifyJwt(token, std::string(32, 'x')).ok()) << "another key";
  std::string changed = token;
  changed[token.find('.') + 2] ^= 1;
  EXPECT_FALSE(VerifyJwt(changed, kKey).ok()) << "changed claims";
  // {"alg":"none","typ":"JWT"} . {"sub":"me"} . nothing
  EXPECT_FALSE(VerifyJwt("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJtZSJ9.", kKey).ok());
  for (const char* text : {"", ".", "..", "abc", "a.b.c"}) EXPECT_FALSE(VerifyJwt(text, kKey).ok());
}

}  // namespace
}  // namespace vr::net
