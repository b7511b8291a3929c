#include "cli/request_log.h"

#include <gmock/gmock.h>

#include <sstream>

namespace vr::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Answers 201, or fails.
class FakeHttp final : public net::HttpClient {
 public:
  Result<net::HttpResponse> Do(const Context&, const net::HttpRequest& request) override {
    if (request.method == "GET") return Error{ErrorKind::kUnavailable, "connection refused", {}};
    return net::HttpResponse{.status = 201, .body = "the body"};
  }
  Result<net::HttpResponse> Stream(const Context&, const net::HttpRequest&,
                                   const net::ChunkHandler& on_chunk) override {
    VR_RETURN_IF_ERROR(on_chunk("piece"));
    return net::HttpResponse{.status = 200};
  }
};

TEST(RequestLog, ShowsMethodUrlAndAnswerButNoSecrets) {
  std::ostringstream log;
  const auto http = LogRequests(std::make_shared<FakeHttp>(), log);
  net::HttpRequest request{.method = "POST",
                           .url = "https://host/apis",
                           .headers = {{"Authorization", "Bearer s3cr3t"}},
                           .body = "password"};
  const auto response = http->Do({}, request);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->body, "the body");
  EXPECT_THAT(log.str(), AllOf(HasSubstr("POST https://host/apis -> 201 ("),
                               Not(HasSubstr("s3cr3t")), Not(HasSubstr("password"))));
}

TEST(RequestLog, ShowsFailuresAndPassesThemOn) {
  std::ostringstream log;
  const auto http = LogRequests(std::make_shared<FakeHttp>(), log);
  const auto response = http->Do({}, {.method = "GET", .url = "https://host/readyz"});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(log.str(), HasSubstr("GET https://host/readyz -> connection refused ("));
}

TEST(RequestLog, PassesStreamsOn) {
  std::ostringstream log;
  std::string got;
  const auto http = LogRequests(std::make_shared<FakeHttp>(), log);
  const auto response =
      http->Stream({}, {.method = "GET", .url = "https://host/vms?watch=1"}, [&](auto chunk) {
        got += chunk;
        return Status();
      });
  EXPECT_TRUE(response.ok());
  EXPECT_EQ(got, "piece");
  EXPECT_THAT(log.str(), HasSubstr("watch=1 -> 200 ("));
}

}  // namespace
}  // namespace vr::cli
