#include "controlplane/policy_rule.h"

#include <gtest/gtest.h>

namespace vr::controlplane {
namespace {

const PolicyRule kView{.verbs = {"get", "list"}, .api_groups = {"g"}, .resources = {"vms"}};

TEST(PolicyRule, AllowsWhatItNames) {
  Attributes wanted{.verb = "get", .group = "g", .resource = "vms", .ns = "n", .name = "a"};
  EXPECT_TRUE(kView.Allows(wanted));
  wanted.subresource = "status";
  EXPECT_FALSE(kView.Allows(wanted)) << "subresources are named by themselves";
  wanted = {.verb = "delete", .group = "g", .resource = "vms"};
  EXPECT_FALSE(kView.Allows(wanted));
  EXPECT_FALSE(kView.Allows({.verb = "get", .group = "", .resource = "vms"}));
}

TEST(PolicyRule, AllowsByStarAndByName) {
  const PolicyRule status{.verbs = {"*"}, .api_groups = {"*"}, .resources = {"*/status"}};
  EXPECT_TRUE(
      status.Allows({.verb = "patch", .group = "g", .resource = "vms", .subresource = "status"}));
  EXPECT_FALSE(status.Allows({.verb = "patch", .group = "g", .resource = "vms"}));
  PolicyRule one = kView;
  one.resource_names = {"a"};
  EXPECT_TRUE(one.Allows({.verb = "get", .group = "g", .resource = "vms", .name = "a"}));
  EXPECT_FALSE(one.Allows({.verb = "get", .group = "g", .resource = "vms", .name = "b"}));
  EXPECT_FALSE(one.Allows({.verb = "list", .group = "g", .resource = "vms"}));
}

TEST(PolicyRule, KeepsPathsAndResourcesApart) {
  const PolicyRule paths{.verbs = {"get"}, .non_resource_urls = {"/openapi/*", "/version"}};
  EXPECT_TRUE(paths.Allows({.verb = "get", .path = "/openapi/v3"}));
  EXPECT_TRUE(paths.Allows({.verb = "get", .path = "/version"}));
  EXPECT_FALSE(paths.Allows({.verb = "get", .path = "/versions"}));
  EXPECT_FALSE(paths.Allows({.verb = "get", .group = "g", .resource = "vms"}));
  const PolicyRule all{.verbs = {"*"}, .api_groups = {"*"}, .resources = {"*"}};
  EXPECT_FALSE(all.Allows({.verb = "get", .path = "/version"}));
}

TEST(PolicyRule, IsCoveredOnlyAsAWhole) {
  EXPECT_TRUE(Covers({kView}, kView));
  PolicyRule more = kView;
  more.verbs.push_back("delete");
  EXPECT_FALSE(Covers({kView}, more));
  const PolicyRule remove{.verbs = {"delete"}, .api_groups = {"g"}, .resources = {"vms"}};
  EXPECT_TRUE(Covers({kView, remove}, more)) << "several rules together";
  PolicyRule one = more;
  one.resource_names = {"a"};
  EXPECT_FALSE(Covers({one}, more)) << "a name is less than all";
  EXPECT_TRUE(Covers({kView, remove}, one));
  PolicyRule star = kView;
  star.resources = {"*"};
  EXPECT_FALSE(Covers({kView}, star));
}

}  // namespace
}  // namespace vr::controlplane
