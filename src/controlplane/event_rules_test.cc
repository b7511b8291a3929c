#include "controlplane/event_rules.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

const Resource& Old() { return *FindResource("", "v1", "events"); }
const Resource& New() { return *FindResource("events.k8s.io", "v1", "events"); }

Json Legacy() {
  return Json::parse(R"({"metadata":{"name":"e","namespace":"default"},
      "involvedObject":{"name":"web","namespace":"default"}})");
}

Json Event() {
  return Json::parse(R"({"metadata":{"name":"e","namespace":"default"},
      "regarding":{"name":"web","namespace":"default"},"note":"it runs","reason":"Started",
      "action":"Start","type":"Normal","eventTime":"2026-01-01T00:00:00.000000Z",
      "reportingController":"virtrigaud.io/manager","reportingInstance":"manager-1"})");
}

std::string Fields(const std::vector<api::FieldError>& errors) {
  std::string fields;
  for (const auto& error : errors) fields += (fields.empty() ? "" : " ") + error.path;
  return fields;
}

std::string With(const Resource& resource, Json event, const char* field, const Json& value) {
  event[field] = value;
  return Fields(CheckEvent(resource, nullptr, event));
}

TEST(EventRules, TakesCoreEventsWithoutDetails) {
  EXPECT_EQ(Fields(CheckEvent(Old(), nullptr, Legacy())), "");
}

TEST(EventRules, WantsTheNamespaceOfTheObject) {
  EXPECT_EQ(With(Old(), Legacy(), "involvedObject", {{"namespace", "other"}}),
            "involvedObject.namespace");
  EXPECT_EQ(With(Old(), Legacy(), "involvedObject", Json::object()), "");
  Json elsewhere = Legacy();
  elsewhere["metadata"]["namespace"] = "other";
  EXPECT_EQ(With(Old(), elsewhere, "involvedObject", Json::object()), "involvedObject.namespace");
}

TEST(EventRules, WantsAReporterWhereThereIsATime) {
  EXPECT_EQ(
      With(Old(), Legacy(), "eventTime", "2026-01-01T00:00:00.000000Z"),
      "reportingComponent reportingComponent reportingComponent reportingInstance action reason");
  EXPECT_EQ(Fields(CheckEvent(New(), nullptr, Event())), "");
  EXPECT_EQ(With(New(), Event(), "action", std::string(129, 'a')), "action");
  EXPECT_EQ(With(New(), Event(), "action", std::string(128, 'a')), "");
  EXPECT_EQ(With(New(), Event(), "note", std::string(1025, 'a')), "message");
}

TEST(EventRules, RefusesInNewEventsWhatIsDeprecated) {
  EXPECT_EQ(With(New(), Event(), "deprecatedCount", 1), "count");
  EXPECT_EQ(With(New(), Event(), "deprecatedSource", {{"host", "a"}}), "source");
  EXPECT_EQ(With(New(), Event(), "deprecatedFirstTimestamp", "2026-01-01T00:00:00Z"),
            "firstTimestamp");
  EXPECT_EQ(With(New(), Event(), "type", "Odd"), "type");
  EXPECT_EQ(With(New(), Event(), "eventTime", nullptr), "eventTime");
}

TEST(EventRules, WantsASeriesOfAtLeastTwo) {
  EXPECT_EQ(With(New(), Event(), "series", {{"count", 1}}), "series.count series.lastObservedTime");
  EXPECT_EQ(With(New(), Event(), "series",
                 {{"count", 2}, {"lastObservedTime", "2026-01-01T00:00:00.000000Z"}}),
            "");
}

TEST(EventRules, LetsOnlyTheSeriesOfANewEventChange) {
  Json changed = Event();
  changed["series"] = {{"count", 2}, {"lastObservedTime", "2026-01-01T00:00:00.000000Z"}};
  EXPECT_EQ(Fields(CheckEvent(New(), Event(), changed)), "");
  changed["note"] = "it stopped";
  changed["reportingController"] = "other";
  EXPECT_EQ(Fields(CheckEvent(New(), Event(), changed)), "message reportingController");
}

}  // namespace
}  // namespace vr::controlplane
