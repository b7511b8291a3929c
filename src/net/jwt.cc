#include "net/jwt.h"

#include <jwt.h>

#include <cstdlib>
#include <memory>

namespace vr::net {
namespace {

using Jwt = std::unique_ptr<jwt_t, decltype(&jwt_free)>;
using Text = std::unique_ptr<char, decltype(&std::free)>;

const unsigned char* Bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Result<std::string> SignJwt(const std::string& claims, const std::string& key) {
  const auto failed = [](const char* what) {
    return Error{ErrorKind::kInternal, std::string("sign a token: ") + what, {}};
  };
  jwt_t* made = nullptr;
  if (jwt_new(&made) != 0) return failed("out of memory");
  const Jwt jwt(made, jwt_free);
  if (jwt_add_grants_json(jwt.get(), claims.c_str()) != 0) return failed("claims are no JSON");
  if (jwt_set_alg(jwt.get(), JWT_ALG_HS256, Bytes(key), static_cast<int>(key.size())) != 0)
    return failed("the key is not usable");
  const Text text(jwt_encode_str(jwt.get()), std::free);
  return text ? Result<std::string>(text.get()) : failed("it cannot be encoded");
}

Result<std::string> VerifyJwt(const std::string& token, const std::string& key) {
  const auto refused = [] { return Error{ErrorKind::kUnauthorized, "not a token of ours", {}}; };
  jwt_t* parsed = nullptr;
  if (jwt_decode(&parsed, token.c_str(), Bytes(key), static_cast<int>(key.size())) != 0)
    return refused();
  const Jwt jwt(parsed, jwt_free);
  // A token may name another algorithm, "none" among them.
  if (jwt_get_alg(jwt.get()) != JWT_ALG_HS256) return refused();
  const Text claims(jwt_get_grants_json(jwt.get(), nullptr), std::free);
  return claims ? Result<std::string>(claims.get()) : refused();
}

}  // namespace vr::net
