#include "cli/local/status_objects.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace vr::cli {
namespace {

using Json = nlohmann::json;

// An API server with the objects of one kind, whose disk may be full.
class SmallServer final : public net::HttpClient {
 public:
  Result<net::HttpResponse> Do(const Context&, const net::HttpRequest& request) override {
    if (request.url.find("/readyz") != std::string::npos)
      return net::HttpResponse{.status = ready_status, .headers = {}, .body = ready};
    const bool vms = request.url.find("/virtualmachines?") != std::string::npos;
    const Json list = {{"metadata", {{"resourceVersion", "1"}}},
                       {"items", vms ? items : Json::array()}};
    return net::HttpResponse{.status = 200, .headers = {}, .body = list.dump()};
  }
  Result<net::HttpResponse> Stream(const Context& ctx, const net::HttpRequest& request,
                                   const net::ChunkHandler&) override {
    return Do(ctx, request);
  }

  int ready_status = 200;
  std::string ready = "ok";
  Json items = Json::array();
};

class StatusObjectsTest : public ::testing::Test {
 protected:
  StatusReport Gather() {
    StatusReport report;
    EXPECT_TRUE(GatherObjects(Context(), client_, report).ok());
    return report;
  }
  void AddVm(const std::string& name, const std::string& phase, const std::string& since) {
    const Json ready = {{"type", "Ready"},
                        {"status", "False"},
                        {"reason", "Why"},
                        {"message", "because"},
                        {"lastTransitionTime", since}};
    http_->items.push_back({{"metadata", {{"name", name}, {"namespace", "default"}}},
                            {"status", {{"phase", phase}, {"conditions", {ready}}}}});
  }

  std::shared_ptr<SmallServer> http_ = std::make_shared<SmallServer>();
  kube::Client client_{{.server = "https://host", .http = http_, .bearer_token = {}}};
};

TEST_F(StatusObjectsTest, ShowsTheFailingCheckOfAServerThatStillReads) {
  http_->ready_status = 500;
  http_->ready = "[+]ping ok\n[-]storage failed: database or disk is full\nreadyz check failed\n";
  AddVm("web", "Running", "2026-01-01T00:00:00Z");
  const StatusReport report = Gather();
  EXPECT_EQ(report.api_failing_check, "storage failed: database or disk is full");
  EXPECT_EQ(report.vms_by_phase.at("Running"), 1);
  http_->ready = "no more room";
  EXPECT_EQ(Gather().api_failing_check, "no more room");
}

TEST_F(StatusObjectsTest, ShowsAFewOfTheObjectsThatAreNotReadyWithTheWorstFirst) {
  AddVm("young", "Pending", "2026-03-01T00:00:00Z");
  AddVm("old", "Pending", "2026-01-01T00:00:00Z");
  AddVm("failed", "Failed", "2026-02-01T00:00:00Z");
  for (int i = 0; i < 20; ++i) AddVm("more" + std::to_string(i), "Pending", "2026-04-01T00:00:00Z");
  const StatusReport report = Gather();
  EXPECT_EQ(report.not_ready_all, 23u);
  ASSERT_EQ(report.not_ready.size(), 10u);
  EXPECT_EQ(report.not_ready[0].name, "failed");
  EXPECT_EQ(report.not_ready[0].reason, "Why");
  EXPECT_EQ(report.not_ready[0].message, "because");
  EXPECT_EQ(report.not_ready[1].name, "old");
  EXPECT_EQ(report.not_ready[2].name, "young");
}

}  // namespace
}  // namespace vr::cli
