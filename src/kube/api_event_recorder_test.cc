#include "kube/api_event_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/fake_clock.h"
#include "testing/in_memory_control_plane.h"

namespace vr::kube {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

const ResourceType kEvents{"", "v1", "Event", "events", true};

class ApiEventRecorderTest : public ::testing::Test {
 protected:
  ApiEventRecorder Recorder(EventRecorderOptions options = {}) {
    return ApiEventRecorder(std::move(options), plane_.client(), metrics_, clock_);
  }
  static ObjectReference About(const std::string& name = "web") {
    return {.api_version = "infra.virtrigaud.io/v1beta1",
            .kind = "VirtualMachine",
            .key = {"default", name},
            .uid = "u-1",
            .resource_version = "7"};
  }
  std::vector<Json> Events() { return plane_.List(kEvents).value(); }
  // Blocks until the writer has nothing to do but wait.
  void Idle() { ASSERT_TRUE(clock_.WaitForWaiters(1)); }

  testing::FakeClock clock_;
  obs::Registry metrics_;
  testing::InMemoryControlPlane plane_{clock_};
};

TEST_F(ApiEventRecorderTest, WritesWhatKubectlDescribeShows) {
  auto recorder = Recorder({.component = "manager", .instance = "pod-1"});
  recorder.Record(About(), EventType::kWarning, "CreateFailed", "no space on 'ds1'");
  recorder.Stop(seconds(5));
  ASSERT_EQ(Events().size(), 1U);
  const Json event = Events()[0];
  EXPECT_EQ(event["involvedObject"], (Json{{"apiVersion", "infra.virtrigaud.io/v1beta1"},
                                           {"kind", "VirtualMachine"},
                                           {"namespace", "default"},
                                           {"name", "web"},
                                           {"uid", "u-1"},
                                           {"resourceVersion", "7"}}));
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["reason"], "CreateFailed");
  EXPECT_EQ(event["message"], "no space on 'ds1'");
  EXPECT_EQ(event["source"], (Json{{"component", "manager"}, {"host", "pod-1"}}));
  EXPECT_EQ(event["count"], 1);
  EXPECT_EQ(event["firstTimestamp"], "2026-01-01T00:00:00Z");
}

TEST_F(ApiEventRecorderTest, RaisesTheCountOfARepeatedEvent) {
  auto recorder = Recorder();
  recorder.Record(About(), EventType::kNormal, "Waiting", "m");
  recorder.Record(About(), EventType::kNormal, "Waiting", "m");
  clock_.Advance(seconds(60));
  recorder.Record(About(), EventType::kNormal, "Waiting", "m");
  recorder.Record(About(), EventType::kNormal, "Other", "m");
  recorder.Stop(seconds(5));
  ASSERT_EQ(Events().size(), 2U);
  const Json event = Events()[0]["reason"] == "Waiting" ? Events()[0] : Events()[1];
  EXPECT_EQ(event["count"], 3);
  EXPECT_EQ(event["firstTimestamp"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(event["lastTimestamp"], "2026-01-01T00:01:00Z");
}

TEST_F(ApiEventRecorderTest, StartsAnewWhenTheServerHasForgottenTheEvent) {
  auto recorder = Recorder();
  recorder.Record(About(), EventType::kNormal, "Waiting", "m");
  while (Events().empty()) Idle();
  for (const Json& event : Events())
    ASSERT_TRUE(plane_.Delete(kEvents, {"default", event["metadata"]["name"]}).ok());
  recorder.Record(About(), EventType::kNormal, "Waiting", "m");
  recorder.Stop(seconds(5));
  ASSERT_EQ(Events().size(), 1U);
  EXPECT_EQ(Events()[0]["count"], 1);
}

TEST_F(ApiEventRecorderTest, MasksSecretsAndShortensMessages) {
  auto recorder = Recorder();
  recorder.Record(About(), EventType::kNormal, "A", "login with password=hunter2 failed");
  recorder.Record(About(), EventType::kNormal, "B", std::string(1023, 'x') + "\xc3\xa4");
  recorder.Stop(seconds(5));
  ASSERT_EQ(Events().size(), 2U);
  for (const Json& event : Events()) {
    EXPECT_THAT(event["message"].get<std::string>(), Not(HasSubstr("hunter2")));
    if (event["reason"] == "B") {
      EXPECT_EQ(event["message"], std::string(1023, 'x')) << "no half of a character";
    }
  }
}

TEST_F(ApiEventRecorderTest, EventsOfClusterScopedObjectsGoToTheDefaultNamespace) {
  auto recorder = Recorder();
  recorder.Record({.api_version = "v1", .kind = "Node", .key = {"", "n1"}, .uid = "u"},
                  EventType::kNormal, "A", "m");
  recorder.Stop(seconds(5));
  ASSERT_EQ(Events().size(), 1U);
  EXPECT_EQ(Events()[0]["metadata"]["namespace"], "default");
}

TEST_F(ApiEventRecorderTest, TriesAgainAndALostReplyMakesNoSecondEvent) {
  plane_.Inject({.method = "POST", .path_contains = "/events", .status = 503});
  plane_.Inject(
      {.method = "POST", .path_contains = "/events", .kind = testing::FaultKind::kLostReply});
  auto recorder = Recorder();
  recorder.Record(About(), EventType::kNormal, "A", "m");
  for (int attempts = 1; attempts <= 2; ++attempts) {
    while (plane_.Requests("POST", "/events") < attempts) Idle();
    Idle();
    clock_.Advance(seconds(10));
  }
  while (plane_.Requests("POST", "/events") < 3) Idle();
  recorder.Stop(seconds(5));
  ASSERT_EQ(Events().size(), 1U);
  EXPECT_THAT(metrics_.Serialize(), Not(HasSubstr("virtrigaud_events_dropped_total{")));
}

TEST_F(ApiEventRecorderTest, CountsWhatTheServerRefuses) {
  auto recorder = Recorder();
  ObjectReference about = About();
  about.key.ns = "no-such-namespace";
  recorder.Record(about, EventType::kNormal, "A", "m");
  recorder.Stop(seconds(5));
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("virtrigaud_events_dropped_total{reason=\"refused\"} 1"));
}

TEST_F(ApiEventRecorderTest, NeverBlocksWhenTheServerHangs) {
  plane_.Inject({.kind = testing::FaultKind::kHang, .count = -1});
  auto recorder = Recorder({.max_queue = 3});
  recorder.Record(About(), EventType::kNormal, "First", "m");
  while (plane_.Requests("POST", "/events") < 1) Idle();
  for (int i = 0; i < 5; ++i)
    recorder.Record(About(), EventType::kNormal, "R" + std::to_string(i), "m");
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("virtrigaud_events_dropped_total{reason=\"queue-full\"} 2"));
  recorder.Stop(Duration::zero());
  recorder.Record(About(), EventType::kNormal, "Late", "m");
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("virtrigaud_events_dropped_total{reason=\"stopped\"} 5"));
  EXPECT_TRUE(Events().empty());
}

TEST_F(ApiEventRecorderTest, CountsWhatAnObjectHasTooMuchOf) {
  auto recorder = Recorder({.series = {.burst = 2}});
  for (int i = 0; i < 5; ++i)
    recorder.Record(About(), EventType::kNormal, "R" + std::to_string(i), "m");
  recorder.Stop(seconds(5));
  EXPECT_EQ(Events().size(), 2U);
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("virtrigaud_events_dropped_total{reason=\"rate-limit\"} 3"));
}

}  // namespace
}  // namespace vr::kube
