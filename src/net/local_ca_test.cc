#include "net/local_ca.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace vr::net {
namespace {

using std::chrono::hours;

TEST(LocalCa, ALoadedCaIssuesWhatTheCreatedOneWould) {
  testing::FakeClock clock;
  const auto created = LocalCa::Create("test CA", hours(48), clock);
  ASSERT_TRUE(created.ok()) << created.error().message;
  const auto loaded = LocalCa::Load(created->key_pair(), clock);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const auto server = loaded->IssueServerCert({"localhost", "127.0.0.1", "::1", "*.svc"}, hours(1));
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_TRUE(CheckKeyPair(*server).ok());
  EXPECT_EQ(NotAfter(server->cert_pem).value(), clock.WallNow() + hours(1));
}

TEST(LocalCa, NoCertificateOutlivesItsAuthority) {
  testing::FakeClock clock;
  const auto ca = LocalCa::Create("test CA", hours(2), clock);
  ASSERT_TRUE(ca.ok());
  const auto client = ca->IssueClientCert("admin", {"system:masters"}, hours(1000));
  ASSERT_TRUE(client.ok()) << client.error().message;
  EXPECT_EQ(NotAfter(client->cert_pem).value(), clock.WallNow() + hours(2));
}

TEST(LocalCa, RenewalIsDueAfterTwoThirds) {
  testing::FakeClock clock;
  const auto ca = LocalCa::Create("test CA", hours(300), clock);
  ASSERT_TRUE(ca.ok());
  EXPECT_FALSE(NeedsRenewal(ca->cert_pem(), clock.WallNow() + hours(199)));
  EXPECT_TRUE(NeedsRenewal(ca->cert_pem(), clock.WallNow() + hours(201)));
  EXPECT_TRUE(NeedsRenewal("rubbish", clock.WallNow()));
}

TEST(LocalCa, RefusesNamesThatAreNone) {
  const auto ca = LocalCa::Create("test CA", hours(2), SystemClock());
  ASSERT_TRUE(ca.ok());
  for (const char* name : {"", "a b", "a,DNS:evil", "http://x", "*.", "-x"}) {
    EXPECT_EQ(ca->IssueServerCert({name}, hours(1)).error().kind, ErrorKind::kInvalidSpec) << name;
  }
  EXPECT_FALSE(ca->IssueServerCert({}, hours(1)).ok());
  EXPECT_FALSE(ca->IssueClientCert("", {}, hours(1)).ok());
  EXPECT_FALSE(ca->IssueClientCert(std::string(65, 'x'), {}, hours(1)).ok());
}

TEST(LocalCa, RefusesToLoadWhatIsNoAuthority) {
  const auto ca = LocalCa::Create("test CA", hours(2), SystemClock());
  const auto other = LocalCa::Create("other CA", hours(2), SystemClock());
  ASSERT_TRUE(ca.ok() && other.ok());
  const auto leaf = ca->IssueServerCert({"localhost"}, hours(1));
  EXPECT_EQ(LocalCa::Load(*leaf, SystemClock()).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(LocalCa::Load({ca->cert_pem(), other->key_pair().key_pem}, SystemClock()).error().kind,
            ErrorKind::kInvalidSpec);
  EXPECT_EQ(LocalCa::Load({"", ""}, SystemClock()).error().kind, ErrorKind::kInvalidSpec);
}

}  // namespace
}  // namespace vr::net
