// Server and client together, over TLS.
#include <gtest/gtest.h>

#include "net/curl_http_client.h"
#include "net/http_server.h"
#include "net/local_ca.h"

namespace vr::net {
namespace {

using std::chrono::hours;

class TlsTest : public ::testing::Test {
 protected:
  void Start(ClientAuth auth) {
    const auto pair = ca_.IssueServerCert({"localhost", "127.0.0.1"}, hours(1)).value();
    tls_ = {.cert_pem = pair.cert_pem,
            .key_pem = pair.key_pem,
            .client_ca_pem = ca_.cert_pem(),
            .client_auth = auth};
    auto server =
        HttpServer::Start({.tls = tls_}, [](const Context&, const PeerIdentity& peer,
                                            const HttpRequest& request, ResponseWriter& out) {
          std::string body = peer.common_name;
          for (const auto& organization : peer.organizations) body += "," + organization;
          (void)out.Send({.status = 200,
                          .headers = {{"X-Host", HeaderOr(request.headers, "Host")}},
                          .body = body + "|" + request.body});
        });
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(server).value();
  }
  Result<HttpResponse> Ask(const ClientTlsOptions& tls, const std::string& body = "") const {
    const auto client = MakeCurlHttpClient(tls);
    if (!client) return client.error();
    return (*client)->Do({}, {.method = body.empty() ? "GET" : "POST",
                              .url = "https://" + server_->address() + "/",
                              .headers = {},
                              .body = body});
  }
  ClientTlsOptions Trusting() const { return {.ca_data = ca_.cert_pem()}; }
  ClientTlsOptions WithCert(const LocalCa& issuer) const {
    const auto pair = issuer.IssueClientCert("alice", {"ops", "system:masters"}, hours(1)).value();
    return {.ca_data = ca_.cert_pem(), .cert_data = pair.cert_pem, .key_data = pair.key_pem};
  }

  const LocalCa ca_ = LocalCa::Create("test CA", hours(24), SystemClock()).value();
  const LocalCa stranger_ = LocalCa::Create("other CA", hours(24), SystemClock()).value();
  ServerTls tls_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(TlsTest, AClientThatTrustsTheCaIsServed) {
  Start(ClientAuth::kNone);
  const std::string body(300'000, 'x');
  const auto response = Ask(Trusting(), body);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "|" + body);
}

TEST_F(TlsTest, AClientThatDoesNotTrustTheCaIsUnauthorizedUnlessItSkipsTheCheck) {
  Start(ClientAuth::kNone);
  EXPECT_EQ(Ask({.ca_data = stranger_.cert_pem()}).error().kind, ErrorKind::kUnauthorized);
  EXPECT_TRUE(Ask({.insecure_skip_verify = true}).ok());
}

TEST_F(TlsTest, AnotherServerNameMayBeExpected) {
  Start(ClientAuth::kNone);
  const auto pair = ca_.IssueServerCert({"api.example"}, hours(1)).value();
  ASSERT_TRUE(server_->SetTls({.cert_pem = pair.cert_pem, .key_pem = pair.key_pem}).ok());
  EXPECT_EQ(Ask(Trusting()).error().kind, ErrorKind::kUnauthorized);
  ClientTlsOptions named = Trusting();
  named.server_name = "api.example";
  const auto response = Ask(named);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->headers.find("X-Host")->second, server_->address());
  named.server_name = "other.example";
  EXPECT_EQ(Ask(named).error().kind, ErrorKind::kUnauthorized);
}

TEST_F(TlsTest, TheServerSeesAVerifiedClientsNames) {
  Start(ClientAuth::kRequest);
  const auto response = Ask(WithCert(ca_));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "alice,ops,system:masters|");
}

TEST_F(TlsTest, ARequestedCertificateMayBeAbsentButNotForeign) {
  Start(ClientAuth::kRequest);
  const auto response = Ask(Trusting());
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "|");
  EXPECT_EQ(Ask(WithCert(stranger_)).error().kind, ErrorKind::kUnauthorized);
}

TEST_F(TlsTest, ARequiredCertificateMustBeThere) {
  Start(ClientAuth::kRequire);
  EXPECT_EQ(Ask(Trusting()).error().kind, ErrorKind::kUnauthorized);
  EXPECT_TRUE(Ask(WithCert(ca_)).ok());
}

TEST_F(TlsTest, NewConnectionsSeeANewCertificate) {
  Start(ClientAuth::kNone);
  const auto pair = stranger_.IssueServerCert({"127.0.0.1"}, hours(1)).value();
  ASSERT_TRUE(server_->SetTls({.cert_pem = pair.cert_pem, .key_pem = pair.key_pem}).ok());
  EXPECT_EQ(Ask(Trusting()).error().kind, ErrorKind::kUnauthorized);
  EXPECT_TRUE(Ask({.ca_data = stranger_.cert_pem()}).ok());
}

TEST_F(TlsTest, ABrokenTlsBlockIsRefusedAtStart) {
  Start(ClientAuth::kNone);
  ServerTls wrong_key = tls_;
  wrong_key.key_pem = ca_.key_pair().key_pem;
  ServerTls no_ca = tls_;
  no_ca.client_auth = ClientAuth::kRequire;
  no_ca.client_ca_pem.clear();
  for (const ServerTls& tls : {wrong_key, no_ca, ServerTls{}}) {
    EXPECT_EQ(HttpServer::Start({.tls = tls}, {}).error().kind, ErrorKind::kInvalidSpec);
  }
}

TEST_F(TlsTest, APlainClientIsTurnedAwayWithoutHarm) {
  Start(ClientAuth::kNone);
  const auto client = MakeCurlHttpClient({}).value();
  EXPECT_FALSE(client
                   ->Do({}, {.method = "GET",
                             .url = "http://" + server_->address() + "/",
                             .headers = {},
                             .body = {}})
                   .ok());
  EXPECT_TRUE(Ask(Trusting()).ok());
}

TEST(CurlHttpClient, RefusesOptionsThatMakeNoSense) {
  EXPECT_EQ(MakeCurlHttpClient({.cert_data = "x"}).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(MakeCurlHttpClient({.ca_file = "/nonexistent/ca.crt"}).error().kind,
            ErrorKind::kInvalidSpec);
}

TEST(CurlHttpClient, RefusesOtherProtocols) {
  const auto client = MakeCurlHttpClient({}).value();
  EXPECT_EQ(
      client->Do({}, {.method = "GET", .url = "file:///etc/passwd", .headers = {}, .body = {}})
          .error()
          .kind,
      ErrorKind::kInvalidSpec);
}

}  // namespace
}  // namespace vr::net
