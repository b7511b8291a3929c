#include "controlplane/event_versions.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

const Resource& Old() { return *FindResource("", "v1", "events"); }
const Resource& New() { return *FindResource("events.k8s.io", "v1", "events"); }

Json Stored() {
  return Json::parse(R"({"apiVersion":"v1","kind":"Event","metadata":{"name":"e"},
      "involvedObject":{"kind":"VirtualMachine","name":"web"},"message":"it runs",
      "reason":"Started","type":"Normal","source":{"component":"virtrigaud"},
      "firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-02T00:00:00Z","count":3,
      "eventTime":null,"reportingComponent":"virtrigaud","reportingInstance":""})");
}

Json Served() {
  return Json::parse(R"({"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"e"},
      "regarding":{"kind":"VirtualMachine","name":"web"},"note":"it runs","reason":"Started",
      "type":"Normal","deprecatedSource":{"component":"virtrigaud"},
      "deprecatedFirstTimestamp":"2026-01-01T00:00:00Z",
      "deprecatedLastTimestamp":"2026-01-02T00:00:00Z","deprecatedCount":3,"eventTime":null,
      "reportingController":"virtrigaud"})");
}

TEST(EventVersions, RenamesFieldsBothWays) {
  EXPECT_EQ(ToServed(New(), Stored()), Served());
  EXPECT_EQ(ToStored(New(), Served()), Stored());
}

TEST(EventVersions, LeavesOtherResourcesAlone) {
  EXPECT_EQ(ToServed(Old(), Stored()), Stored());
  EXPECT_EQ(ToStored(Old(), Stored()), Stored());
  EXPECT_EQ(ToStored(*FindResource("", "v1", "secrets"), {{"note", "x"}}), Json({{"note", "x"}}));
}

TEST(EventVersions, AddsWhatEachVersionAlwaysHas) {
  const Json bare = {{"kind", "Event"}, {"metadata", {{"name", "e"}}}};
  const Json stored = ToStored(New(), bare);
  EXPECT_EQ(stored["reportingComponent"], "");
  EXPECT_EQ(stored["source"], Json::object());
  EXPECT_TRUE(stored["firstTimestamp"].is_null());
  const Json served = ToServed(New(), stored);
  EXPECT_FALSE(served.contains("reportingController"));
  EXPECT_FALSE(served.contains("reportingInstance"));
  EXPECT_TRUE(served.contains("deprecatedLastTimestamp"));
  EXPECT_TRUE(served["eventTime"].is_null());
}

}  // namespace
}  // namespace vr::controlplane
