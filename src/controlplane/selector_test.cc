#include "controlplane/selector.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

bool Matches(const std::string& text, const std::map<std::string, std::string>& labels) {
  return LabelSelector::Parse(text).value().Matches(labels);
}

TEST(LabelSelector, UnderstandsEveryOperator) {
  const std::map<std::string, std::string> labels = {{"app", "web"}, {"tier", "front"}};
  for (const char* yes : {"", "app=web", "app==web", "app!=db", "app in (db, web)",
                          "tier notin (back)", "app", "!legacy", "app=web,tier=front", "env!=x"}) {
    EXPECT_TRUE(Matches(yes, labels)) << yes;
  }
  for (const char* no : {"app=db", "app!=web", "app in (db)", "tier notin (front)", "legacy",
                         "!app", "app=web,tier=back"}) {
    EXPECT_FALSE(Matches(no, labels)) << no;
  }
}

TEST(LabelSelector, RefusesWhatIsNoSelector) {
  for (const char* text : {"a b", "=x", "app within (a)", "app in (a", ",,"})
    EXPECT_FALSE(LabelSelector::Parse(text).ok()) << text;
}

TEST(FieldSelector, ComparesAnyScalarByPath) {
  const auto object =
      nlohmann::json::parse(R"({"metadata":{"name":"web"},"spec":{"powerState":"On","cpu":2}})");
  EXPECT_TRUE(
      FieldSelector::Parse("metadata.name=web,spec.cpu=2,spec.none=").value().Matches(object));
  EXPECT_TRUE(FieldSelector::Parse("spec.powerState!=Off").value().Matches(object));
  EXPECT_FALSE(FieldSelector::Parse("metadata.name=db").value().Matches(object));
  EXPECT_FALSE(FieldSelector::Parse("metadata.name").ok());
}

}  // namespace
}  // namespace vr::controlplane
