#include "controllers/webhook/server.h"

#include <fstream>

#include "controllers/controllers_fixture.h"
#include "net/curl_http_client.h"
#include "obs/catalog.h"
#include "testing/temp_folder.h"

namespace vr::controllers {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class WebhookServerTest : public ::testing::Test {
 protected:
  WebhookServerTest() { WriteCertificate(); }

  void Write(const char* name, const std::string& text) {
    std::ofstream(folder_.path() / name) << text;
  }
  void WriteCertificate() {
    const net::KeyPair pair = ca_.IssueServerCert({"127.0.0.1"}, std::chrono::hours(24)).value();
    Write("hook.crt", pair.cert_pem);
    Write("hook.key", pair.key_pem);
  }
  Result<std::unique_ptr<WebhookServer>> Start(const std::string& cert = "hook.crt") {
    return WebhookServer::Start(
        Context(),
        {.address = "127.0.0.1:0",
         .files = net::TlsFileWatcher::Options{.folder = folder_.path(),
                                               .names = {.cert = cert, .key = "hook.key"}}},
        {world_.api.client(), world_.stores, world_.metrics, SystemClock()});
  }
  net::HttpResponse Ask(const WebhookServer& server, net::HttpRequest request) {
    request.url = "https://" + server.address() + request.url;
    const auto client = net::MakeCurlHttpClient({.ca_data = ca_.cert_pem()}).value();
    auto answer = client->Do(Context().WithTimeout(std::chrono::seconds(10)), request);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? *answer : net::HttpResponse{};
  }

  World world_;
  net::LocalCa ca_ =
      net::LocalCa::Create("test", std::chrono::hours(24 * 30), SystemClock()).value();
  const vr::testing::TempFolder folder_;
};

TEST_F(WebhookServerTest, AnswersReviewsOverTls) {
  auto server = Start();
  ASSERT_TRUE(server.ok()) << server.error().message;
  const std::string review = R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1",
    "request":{"uid":"u","operation":"CREATE","object":{"spec":{}},
      "kind":{"group":"infra.virtrigaud.io","version":"v1beta1","kind":"VMClass"}}})";
  const net::HttpResponse answer = Ask(**server, {.method = "POST",
                                                  .url = "/validate?timeout=5s",
                                                  .headers = {{"Content-Type", "application/json"}},
                                                  .body = review});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(net::HeaderOr(answer.headers, "Content-Type"), "application/json");
  EXPECT_EQ(Json::parse(answer.body)["response"]["allowed"], false);
  EXPECT_THAT(world_.metrics.Serialize(),
              HasSubstr("virtrigaud_webhook_requests_total{endpoint=\"validate\","
                        "kind=\"VMClass\",outcome=\"denied\"} 1"));
}

TEST_F(WebhookServerTest, SaysWhatIsWrongWithARequest) {
  auto server = Start();
  ASSERT_TRUE(server.ok()) << server.error().message;
  const net::Headers json = {{"Content-Type", "application/json"}};
  EXPECT_EQ(Ask(**server, {.method = "GET", .url = "/validate"}).status, 405);
  EXPECT_EQ(Ask(**server, {.method = "POST", .url = "/else", .headers = json}).status, 404);
  EXPECT_EQ(Ask(**server, {.method = "POST",
                           .url = "/mutate",
                           .headers = {{"Content-Type", "text/plain"}},
                           .body = "{}"})
                .status,
            415);
  for (const char* path : {"/validate", "/mutate", "/convert"}) {
    const auto answer =
        Ask(**server, {.method = "POST", .url = path, .headers = json, .body = "{\"a\":"});
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_EQ(answer.body, "the body is not JSON\n");
  }
}

TEST_F(WebhookServerTest, ReadsNoBodyBeyondItsLimit) {
  auto server = Start();
  ASSERT_TRUE(server.ok()) << server.error().message;
  const net::HttpRequest big{.method = "POST",
                             .url = "https://" + (*server)->address() + "/validate",
                             .headers = {{"Content-Type", "application/json"}},
                             .body = std::string(size_t{9} << 20U, ' ')};
  const auto client = net::MakeCurlHttpClient({.ca_data = ca_.cert_pem()}).value();
  // The answer may overtake the body, and meet a client that still sends.
  const auto answer = client->Do(Context().WithTimeout(std::chrono::seconds(10)), big);
  if (answer.ok()) {
    EXPECT_EQ(answer->status, 413);
  }
  EXPECT_THAT(world_.metrics.Serialize(), Not(HasSubstr("virtrigaud_webhook_requests_total{")));
  EXPECT_EQ(Ask(**server, {.method = "GET", .url = "/validate"}).status, 405) << "still there";
}

TEST_F(WebhookServerTest, NamesTheFileThatIsMissing) {
  const auto server = Start("other.crt");
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(server.error().message, HasSubstr("other.crt"));
}

TEST_F(WebhookServerTest, ServesWithItsOwnCaAndNamesAnAddressThatIsTaken) {
  const auto start = [&](const std::string& address) {
    WebhookOptions options{.address = address};
    options.own.ca.key = {"default", "webhook-certs"};
    options.own.target.url = "https://127.0.0.1";
    return WebhookServer::Start(
        Context(), options, {world_.api.client(), world_.stores, world_.metrics, SystemClock()});
  };
  auto first = start("127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.error().message;
  const auto second = start((*first)->address());
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr((*first)->address()));
}

}  // namespace
}  // namespace vr::controllers
