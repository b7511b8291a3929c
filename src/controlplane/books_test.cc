// Managed fields, and what patches are refused for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/api_server_fixture.h"

namespace vr::controlplane {
namespace {

using ::testing::HasSubstr;

class BooksTest : public ApiServerTest {
 protected:
  Json Merge(const Json& patch, const std::string& where = "/web") {
    return Body(Call("PATCH", kVms + where, patch, "application/merge-patch+json"));
  }
  Json Apply(const std::string& manager, const Json& spec) {
    const Json config = {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
                         {"kind", "VirtualMachine"},
                         {"metadata", {{"name", "web"}}},
                         {"spec", spec}};
    return Body(Call("PATCH", std::string(kVms) + "/web?fieldManager=" + manager, config,
                     "application/apply-patch+yaml"));
  }
  static Json EntryOf(const Json& object, const std::string& manager) {
    for (const Json& entry : object["metadata"]["managedFields"]) {
      if (entry["manager"] == manager) return entry;
    }
    return nullptr;
  }
};

TEST_F(BooksTest, WhoAppliesWhatIsThereSharesItAtNoTime) {
  Create("web");
  const Json entry = EntryOf(Apply("two", {{"classRef", {{"name", "c"}}}}), "two");
  EXPECT_TRUE(entry["fieldsV1"]["f:spec"].contains("f:classRef"));
  EXPECT_FALSE(entry.contains("time"));
  EXPECT_TRUE(EntryOf(Apply("two", {{"powerState", "On"}}), "two").contains("time"));
}

TEST_F(BooksTest, BooksCanBeReplacedAndCleared) {
  const Json made = Create("web");
  Json books = made["metadata"]["managedFields"];
  books[0]["manager"] = "renamed";
  const Json renamed = Merge({{"metadata", {{"managedFields", books}}}});
  EXPECT_EQ(renamed["metadata"]["managedFields"].size(), 1U);
  EXPECT_EQ(renamed["metadata"]["managedFields"][0]["manager"], "renamed");
  EXPECT_EQ(Merge({{"metadata", {{"managedFields", Json::array()}}}})["metadata"]["managedFields"],
            renamed["metadata"]["managedFields"])
      << "who knows nothing of them cannot lose them";
  const Json cleared = Merge({{"metadata", {{"managedFields", {Json::object()}}}}});
  EXPECT_FALSE(cleared["metadata"].contains("managedFields"));
}

TEST_F(BooksTest, AStatusCountsTheLabelsThatItWasSentWith) {
  Json vm = Create("web", {{"labels", {{"app", "web"}}}});
  vm["metadata"]["labels"] = {{"other", "x"}};
  vm["status"] = {{"phase", "Running"}};
  const Json after = Body(Call("PUT", std::string(kVms) + "/web/status", vm));
  EXPECT_EQ(after["metadata"]["labels"], Json({{"app", "web"}}));
  bool counted = false;
  for (const Json& entry : after["metadata"]["managedFields"]) {
    if (entry.value("subresource", "") == "status")
      counted = entry["fieldsV1"]["f:metadata"]["f:labels"].contains("f:other");
  }
  EXPECT_TRUE(counted);
}

TEST_F(BooksTest, APatchThatLeavesSomethingWrongShowsIt) {
  Create("web");
  const Json typed = Merge({{"metadata", {{"labels", {{"a", 3}}}}}});
  EXPECT_EQ(typed["code"], 422);
  EXPECT_THAT(typed["message"].get<std::string>(),
              HasSubstr("json: cannot unmarshal number into Go struct field ObjectMeta.labels"));
  const Json strict = Merge({{"spec", {{"colour", "red"}}}}, "/web?fieldValidation=Strict");
  EXPECT_EQ(strict["details"]["causes"][0]["field"], "patch");
  EXPECT_THAT(strict["message"].get<std::string>(),
              HasSubstr("strict decoding error: unknown field \"spec.colour\""));
  EXPECT_THAT(Merge({{"metadata", nullptr}})["message"].get<std::string>(),
              HasSubstr("was undeterminable: name must be provided"));
}

TEST_F(BooksTest, ARefusalWarnsOfUnknownFieldsToo) {
  Json vm = Vm("web");
  vm["spec"] = {{"colour", "red"}};
  const auto refused = Call("POST", kVms, vm);
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(net::HeaderOr(refused.headers, "Warning"),
            "299 - \"unknown field \\\"spec.colour\\\"\"");
}

TEST_F(BooksTest, AnEventIsComplete) {
  const Json made = Body(Call("POST", "/api/v1/namespaces/default/events",
                              {{"apiVersion", "v1"},
                               {"kind", "Event"},
                               {"metadata", {{"name", "e"}}},
                               {"involvedObject", {{"namespace", "default"}}}}));
  EXPECT_TRUE(made.contains("eventTime") && made["eventTime"].is_null()) << made;
  EXPECT_EQ(made["reportingComponent"], "");
  EXPECT_EQ(made["metadata"]["managedFields"][0]["fieldsV1"],
            Json({{"f:involvedObject", Json::object()}}));
}

}  // namespace
}  // namespace vr::controlplane
