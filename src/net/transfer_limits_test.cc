// What CurlHttpClient makes of a request's TransferLimits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/curl_http_client.h"
#include "net/http_server.h"

namespace vr::net {
namespace {

using ::testing::HasSubstr;

class TransferLimitsTest : public ::testing::Test {
 protected:
  void Start(HttpHandler handler) {
    server_ = HttpServer::Start({}, std::move(handler)).value();
    request_.url = "http://" + server_->address() + "/image";
  }
  Result<HttpResponse> Fetch() {
    return client_->Stream({}, request_, [this](std::string_view chunk) -> Status {
      body_ += chunk;
      return {};
    });
  }

  std::unique_ptr<HttpServer> server_;
  const std::shared_ptr<HttpClient> client_ = MakeCurlHttpClient({}).value();
  HttpRequest request_;
  std::string body_;
};

TEST_F(TransferLimitsTest, GivesUpOnAServerThatStopsSending) {
  Start([](const Context& ctx, const PeerIdentity&, const HttpRequest&, ResponseWriter& out) {
    (void)out.Start(200, {});
    (void)out.Write("first");
    (void)ctx.Sleep(std::chrono::hours(1));
  });
  request_.limits = {.min_bytes_per_second = 1024, .patience = std::chrono::seconds(1)};
  const auto response = Fetch();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(response.error().message, HasSubstr("1024 bytes per second"));
  EXPECT_EQ(body_, "first");
}

TEST_F(TransferLimitsTest, RefusesAnAnnouncedBodyForWhichThereIsNoRoomBeforeAByteOfIt) {
  Start([](const Context&, const PeerIdentity&, const HttpRequest&, ResponseWriter& out) {
    (void)out.Send({.status = 200, .headers = {}, .body = std::string(100, 'x')});
  });
  request_.limits.max_bytes = 99;
  EXPECT_EQ(Fetch().error().kind, ErrorKind::kQuotaExceeded);
  EXPECT_EQ(body_, "");
  request_.limits.max_bytes = 100;
  EXPECT_TRUE(Fetch());
  EXPECT_EQ(body_.size(), 100u);
}

TEST_F(TransferLimitsTest, EndsABodyWithoutALengthWhereTheRoomEnds) {
  Start([](const Context&, const PeerIdentity&, const HttpRequest&, ResponseWriter& out) {
    (void)out.Start(200, {});
    while (out.Write(std::string(1000, 'x'))) {
    }
  });
  request_.limits.max_bytes = 100'000;
  const auto response = Fetch();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kQuotaExceeded);
  EXPECT_LE(body_.size(), 100'000u);
}

}  // namespace
}  // namespace vr::net
