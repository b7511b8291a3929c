#include "net/ops_endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obs/catalog.h"

namespace vr::net {
namespace {

using ::testing::HasSubstr;

class Recorder final : public ResponseWriter {
 public:
  Status Send(HttpResponse response) override {
    answer = std::move(response);
    return {};
  }
  Status Start(int, Headers) override { return Error{}; }
  Status Write(std::string_view) override { return Error{}; }
  HttpResponse answer;
};

class OpsEndpointsTest : public ::testing::Test {
 protected:
  HttpResponse Ask(const std::string& target, const std::string& method = "GET") {
    Recorder out;
    handler_({}, {}, {.method = method, .url = target, .headers = {}, .body = {}}, out);
    return out.answer;
  }

  obs::Registry registry_;
  obs::HealthChecks health_;
  const HttpHandler handler_ = MakeOpsHandler(registry_, health_);
};

TEST_F(OpsEndpointsTest, ServesMetrics) {
  registry_.Set(obs::kQueueDepth, {"VirtualMachine"}, 3);
  const auto answer = Ask("/metrics?x=1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(HeaderOr(answer.headers, "content-type"), HasSubstr("version=0.0.4"));
  EXPECT_THAT(answer.body, HasSubstr("virtrigaud_queue_depth{kind=\"VirtualMachine\"} 3"));
}

TEST_F(OpsEndpointsTest, ReadinessFailsAloneAndNamesTheCheck) {
  health_.Register(obs::CheckKind::kReadiness, "cache", [] {
    return Status(Error{ErrorKind::kUnavailable, "not synced", {}});
  });
  EXPECT_EQ(Ask("/healthz").status, 200);
  EXPECT_EQ(Ask("/readyz").status, 503);
  EXPECT_THAT(Ask("/readyz").body, HasSubstr("cache"));
  EXPECT_EQ(Ask("/health").status, 503);
  EXPECT_EQ(HeaderOr(Ask("/health").headers, "Content-Type"), "application/json");
  health_.Unregister("cache");
  EXPECT_EQ(Ask("/readyz").status, 200);
  EXPECT_EQ(Ask("/health").status, 200);
}

TEST_F(OpsEndpointsTest, KnowsNothingElse) {
  EXPECT_EQ(Ask("/").status, 404);
  EXPECT_EQ(Ask("/metrics", "POST").status, 405);
}

}  // namespace
}  // namespace vr::net
