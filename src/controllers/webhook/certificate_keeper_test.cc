#include "controllers/webhook/certificate_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "testing/fake_clock.h"
#include "testing/in_memory_control_plane.h"

namespace vr::controllers {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

const kube::ResourceType kSecrets{"", "v1", "Secret", "secrets", true};

class CertificateKeeperTest : public ::testing::Test {
 protected:
  // What one manager serves with.
  struct Manager {
    explicit Manager(CertificateKeeperTest& test)
        : keeper({.ca = {.key = {"default", "webhook-certs"}},
                  .target = {.url = "https://127.0.0.1:9443", .service = {}}},
                 {.client = test.api_.client(),
                  .clock = test.clock_,
                  .use = [this](const net::KeyPair& pair) {
                    served.push_back(pair);
                    return Status();
                  }}) {}
    std::vector<net::KeyPair> served;
    CertificateKeeper keeper;
  };

  Result<SharedCa> Ensure(const std::string& known = "") {
    return EnsureCa(Context(), api_.client(), {.key = {"default", "webhook-certs"}}, known, clock_);
  }
  void Rewrite(const Json& data) {
    ASSERT_TRUE(api_.Patch(kSecrets, {"default", "webhook-certs"}, {{"data", data}}).ok());
  }

  testing::FakeClock clock_;
  testing::InMemoryControlPlane api_{clock_};
};

TEST_F(CertificateKeeperTest, CreatesTheSecretOnceAndServes) {
  Manager a(*this);
  Manager b(*this);
  ASSERT_TRUE(a.keeper.Pass(Context()).ok());
  ASSERT_TRUE(b.keeper.Pass(Context()).ok());
  ASSERT_EQ(a.served.size(), 1U);
  ASSERT_EQ(b.served.size(), 1U);
  EXPECT_EQ(api_.Requests("POST", "secrets"), 1) << "the second one takes what is there";
  const int writes = api_.Requests("PUT", "");
  ASSERT_TRUE(a.keeper.Pass(Context()).ok());
  EXPECT_EQ(a.served.size(), 1U) << "at rest nothing changes";
  EXPECT_EQ(api_.Requests("PUT", ""), writes);
  EXPECT_TRUE(net::CheckKeyPair(a.served[0]).ok());
}

TEST_F(CertificateKeeperTest, WhoLosesTheRaceTakesTheWinnersCa) {
  const SharedCa winner = Ensure().value();
  // The loser's first look finds nothing, its Create meets the winner's Secret.
  api_.Inject({.method = "GET",
               .path_contains = "webhook-certs",
               .kind = testing::FaultKind::kStatus,
               .status = 404});
  EXPECT_EQ(Ensure().value().pair.cert_pem, winner.pair.cert_pem);
}

TEST_F(CertificateKeeperTest, SaysWhichSecretCannotBeRead) {
  api_.Inject({.method = "GET",
               .path_contains = "webhook-certs",
               .kind = testing::FaultKind::kStatus,
               .status = 403});
  const auto ca = Ensure();
  ASSERT_FALSE(ca.ok());
  EXPECT_EQ(ca.error().kind, ErrorKind::kUnauthorized);
  EXPECT_THAT(ca.error().message, HasSubstr("Secret default/webhook-certs of the webhook's CA"));
}

TEST_F(CertificateKeeperTest, ReplacesADamagedSecretAndKeepsTheCaInUseTrusted) {
  Manager manager(*this);
  ASSERT_TRUE(manager.keeper.Pass(Context()).ok());
  const SharedCa before = Ensure().value();
  Rewrite({{"ca.crt", EncodeBase64("no certificate")}});
  ASSERT_TRUE(manager.keeper.Pass(Context()).ok());
  const SharedCa after = Ensure().value();
  EXPECT_NE(after.pair.cert_pem, before.pair.cert_pem);
  EXPECT_EQ(after.previous_pem, before.pair.cert_pem);
  EXPECT_EQ(after.Bundle(), after.pair.cert_pem + before.pair.cert_pem);
  EXPECT_EQ(manager.served.size(), 2U);
}

TEST_F(CertificateKeeperTest, MakesAnotherCaWhereTheSecretWasDeleted) {
  Manager manager(*this);
  ASSERT_TRUE(manager.keeper.Pass(Context()).ok());
  const SharedCa before = Ensure().value();
  ASSERT_TRUE(api_.Delete(kSecrets, {"default", "webhook-certs"}).ok());
  ASSERT_TRUE(manager.keeper.Pass(Context()).ok());
  EXPECT_EQ(Ensure().value().previous_pem, before.pair.cert_pem);
}

TEST_F(CertificateKeeperTest, RenewsTheServerCertificateBeforeItEnds) {
  Manager manager(*this);
  ASSERT_TRUE(manager.keeper.Pass(Context()).ok());
  clock_.Advance(std::chrono::hours(24 * 59));
  ASSERT_TRUE(manager.keeper.Pass(Context()).ok());
  EXPECT_EQ(manager.served.size(), 1U);
  clock_.Advance(std::chrono::hours(24 * 2));
  ASSERT_TRUE(manager.keeper.Pass(Context()).ok());
  ASSERT_EQ(manager.served.size(), 2U);
  EXPECT_GT(net::NotAfter(manager.served[1].cert_pem).value(),
            net::NotAfter(manager.served[0].cert_pem).value());
}

TEST_F(CertificateKeeperTest, RenewsTheCaAndForgetsTheOneBeforeOnceItHasEnded) {
  Manager manager(*this);
  ASSERT_TRUE(manager.keeper.Pass(Context()).ok());
  const SharedCa first = Ensure().value();
  constexpr auto kYear = std::chrono::hours(24 * 365);
  clock_.Advance(kYear * 7);
  ASSERT_TRUE(manager.keeper.Pass(Context()).ok());
  const SharedCa second = Ensure().value();
  EXPECT_NE(second.pair.cert_pem, first.pair.cert_pem);
  EXPECT_EQ(second.previous_pem, first.pair.cert_pem);
  EXPECT_EQ(manager.served.size(), 2U);
  clock_.Advance(kYear * 4);
  const SharedCa later = Ensure().value();
  EXPECT_EQ(later.pair.cert_pem, second.pair.cert_pem);
  EXPECT_TRUE(later.previous_pem.empty());
}

TEST_F(CertificateKeeperTest, FollowsTheSecretOnThreadsOfItsOwn) {
  Manager manager(*this);
  ASSERT_TRUE(manager.keeper.Pass(Context()).ok());
  manager.keeper.Start();
  manager.keeper.Stop();  // with watches that hang
  EXPECT_EQ(manager.served.size(), 1U);
}

}  // namespace
}  // namespace vr::controllers
