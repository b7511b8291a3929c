#include "testing/in_memory_control_plane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "testing/fake_clock.h"

namespace vr::testing {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const kube::ResourceType kConfigMaps{"", "v1", "ConfigMap", "configmaps", true};

class InMemoryControlPlaneTest : public ::testing::Test {
 protected:
  Context Ctx() const { return Context({}, clock_); }
  static Json Map(const std::string& name) {
    return {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", name}}}};
  }
  Result<Json> Get(const std::string& name) {
    return plane_.client().Get(Ctx(), kConfigMaps, {"default", name});
  }

  FakeClock clock_;
  InMemoryControlPlane plane_{clock_};
};

TEST_F(InMemoryControlPlaneTest, ServesObjectsThroughTheClient) {
  ASSERT_TRUE(plane_.Create(Map("a")).ok());
  EXPECT_EQ(Get("a").value()["metadata"]["namespace"], "default");
  EXPECT_EQ(Get("b").error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(plane_.Patch(kConfigMaps, {"default", "a"}, {{"data", {{"x", "1"}}}}).ok());
  EXPECT_EQ(Get("a").value()["data"]["x"], "1");
  EXPECT_EQ(plane_.List(kConfigMaps).value().size(), 1U);
  ASSERT_TRUE(plane_.Delete(kConfigMaps, {"default", "a"}).ok());
  EXPECT_TRUE(plane_.List(kConfigMaps).value().empty());
  EXPECT_THAT(plane_.Create({{"apiVersion", "v1"}, {"kind", "Odd"}}).error().message,
              HasSubstr("no kind v1 Odd"));
}

TEST_F(InMemoryControlPlaneTest, FaultsMeetTheNextRequestsThatMatch) {
  ASSERT_TRUE(plane_.Create(Map("a")).ok());
  plane_.Inject({.method = "GET", .path_contains = "/configmaps/a", .status = 429, .count = 2});
  EXPECT_TRUE(plane_.client().List(Ctx(), kConfigMaps, {}).ok());
  EXPECT_TRUE(plane_.Get(kConfigMaps, {"default", "a"}).ok()) << "the test itself meets no fault";
  EXPECT_EQ(Get("a").error().kind, ErrorKind::kRateLimit);
  EXPECT_EQ(Get("a").error().kind, ErrorKind::kRateLimit);
  EXPECT_TRUE(Get("a").ok());
  EXPECT_EQ(plane_.Requests("GET", "/configmaps/a"), 3);
  plane_.Inject({.status = 409, .count = -1});
  EXPECT_EQ(Get("a").error().kind, ErrorKind::kStale);
  plane_.ClearFaults();
  EXPECT_TRUE(Get("a").ok());
}

TEST_F(InMemoryControlPlaneTest, ALostReplyIsExecuted) {
  plane_.Inject({.method = "POST", .kind = FaultKind::kLostReply});
  Json map = Map("a");
  map["metadata"]["namespace"] = "default";
  EXPECT_EQ(plane_.client().Create(Ctx(), kConfigMaps, map).error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(Get("a").ok());
}

TEST_F(InMemoryControlPlaneTest, ADelayAndAHangWaitOnTheClock) {
  ASSERT_TRUE(plane_.Create(Map("a")).ok());
  plane_.Inject({.kind = FaultKind::kDelay, .delay = std::chrono::seconds(5)});
  auto delayed = std::async(std::launch::async, [&] { return Get("a"); });
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  clock_.Advance(std::chrono::seconds(5));
  EXPECT_TRUE(delayed.get().ok());
  plane_.Inject({.kind = FaultKind::kHang});
  auto hanging = std::async(std::launch::async, [&] {
    return plane_.client().Get(Ctx().WithTimeout(std::chrono::seconds(30)), kConfigMaps,
                               {"default", "a"});
  });
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  clock_.Advance(std::chrono::seconds(30));
  EXPECT_EQ(hanging.get().error().kind, ErrorKind::kTimeout);
}

TEST_F(InMemoryControlPlaneTest, AWatchStreamsUntilItIsStoppedOrCut) {
  const std::string version = plane_.client().List(Ctx(), kConfigMaps, {}).value().resource_version;
  std::vector<std::string> seen;
  const auto watch = [&](const Context& ctx) {
    return plane_.client().Watch(ctx, kConfigMaps,
                                 {.resource_version = version, .bookmarks = false},
                                 [&](const kube::WatchEvent& event) {
                                   seen.push_back((*event.object)["metadata"]["name"]);
                                   return Status();
                                 });
  };
  std::stop_source stop;
  auto stopped = std::async(std::launch::async, watch, Context(stop.get_token(), clock_));
  ASSERT_TRUE(plane_.Create(Map("a")).ok());
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  stop.request_stop();
  EXPECT_EQ(stopped.get().error().kind, ErrorKind::kCancelled);
  auto cut = std::async(std::launch::async, watch, Ctx());
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  plane_.CutWatches();
  EXPECT_EQ(cut.get().error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(plane_.Requests("GET", "watch=true"), 2);
  EXPECT_EQ(seen.back(), "a");
}

TEST_F(InMemoryControlPlaneTest, AWatchEndsWithItsCallersError) {
  ASSERT_TRUE(plane_.Create(Map("a")).ok());
  const Status status = plane_.client().Watch(
      Ctx(), kConfigMaps, {.resource_version = "0"}, [](const kube::WatchEvent&) -> Status {
        return Error{ErrorKind::kQuotaExceeded, "enough", {}};
      });
  EXPECT_EQ(status.error().kind, ErrorKind::kQuotaExceeded);
}

}  // namespace
}  // namespace vr::testing
