#include "kube/kubeconfig_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vr::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Kubeconfig Parsed(std::string_view text) {
  auto config = ParseKubeconfig(text, "/dir/config");
  EXPECT_TRUE(config.ok()) << (config.ok() ? "" : config.error().message);
  return config.ok() ? *config : Kubeconfig{};
}

TEST(ParseKubeconfig, ReadsClustersUsersAndContexts) {
  const Kubeconfig config = Parsed(R"(
apiVersion: v1
kind: Config
preferences: {}
current-context: dev
clusters:
- name: c
  cluster: {server: "https://h:1", insecure-skip-tls-verify: true, proxy-url: "http://p:2"}
users:
- name: u
  user:
    as: jane
    as-groups: [a, b]
    as-user-extra: {scopes: [view]}
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: get-token
      args: [--cluster, c]
      env: [{name: A, value: "1"}]
      provideClusterInfo: true
contexts:
- name: dev
  context: {cluster: c, user: u, namespace: lab}
)");
  EXPECT_EQ(config.current_context, "dev");
  EXPECT_EQ(config.contexts.at("dev").ns, "lab");
  EXPECT_TRUE(config.clusters.at("c").insecure);
  EXPECT_EQ(config.clusters.at("c").proxy_url, "http://p:2");
  const KubeconfigUser& user = config.users.at("u");
  EXPECT_EQ(user.file, "/dir/config");
  EXPECT_THAT(user.as_groups, ElementsAre("a", "b"));
  EXPECT_THAT(user.as_extra.at("scopes"), ElementsAre("view"));
  EXPECT_THAT(user.exec->args, ElementsAre("--cluster", "c"));
  EXPECT_EQ(user.exec->env.at("A"), "1");
  EXPECT_TRUE(user.exec->provide_cluster_info);
}

TEST(ParseKubeconfig, AcceptsWhatIsEmpty) {
  EXPECT_TRUE(Parsed("").contexts.empty());
  EXPECT_TRUE(Parsed("clusters: null\nusers: []\n").users.empty());
  EXPECT_EQ(Parsed("clusters: [{name: c, cluster: null}]").clusters.at("c").server, "");
}

TEST(ParseKubeconfig, NamesTheFieldOfAWrongType) {
  const std::pair<const char*, const char*> cases[] = {
      {"just text", "the document must be a mapping"},
      {"a: 1\n---\nb: 2\n", "the document must be the only one in the file"},
      {"kind: Pod", "kind must be Config"},
      {"current-context: [a]", "current-context must be text"},
      {"clusters: {a: b}", "clusters must be a list"},
      {"clusters: [text]", "clusters[0] must be a mapping"},
      {"clusters: [{cluster: {}}]", "clusters[0].name must be given"},
      {"clusters: [{name: c, cluster: {server: 5}}]",
       "clusters['c'].cluster.server must be text (put it in quotes)"},
      {"clusters: [{name: c, cluster: {insecure-skip-tls-verify: sure}}]",
       "clusters['c'].cluster.insecure-skip-tls-verify must be true or false"},
      {"users: [{name: u, user: {token: 12345}}]", "users['u'].user.token must be text"},
      {"users: [{name: u, user: {as-groups: a}}]", "users['u'].user.as-groups must be a list"},
      {"users: [{name: u, user: {as-user-extra: [a]}}]", "as-user-extra must be a mapping"},
      {"users: [{name: u, user: {exec: {args: [1]}}}]", "exec.args must be a list of texts"},
      {"users: [{name: u, user: {exec: {env: [{value: x}]}}}]",
       "exec.env[0].name must be a variable's name"},
      {"users: [{name: u, user: {exec: text}}]", "users['u'].user.exec must be a mapping"},
      {"contexts: [{name: x, context: {namespace: {}}}]",
       "contexts['x'].context.namespace must be text"},
      {"a: [", "line "}};
  for (const auto& [text, expected] : cases) {
    const auto config = ParseKubeconfig(text, "/dir/config");
    ASSERT_FALSE(config.ok()) << text;
    EXPECT_EQ(config.error().kind, ErrorKind::kInvalidSpec);
    EXPECT_THAT(config.error().message, HasSubstr(expected)) << text;
  }
}

TEST(ParseKubeconfig, KeepsWhatExecPlugInsAreTold) {
  const Kubeconfig config = Parsed(R"(
clusters:
- name: c
  cluster:
    extensions:
    - {name: other, extension: 1}
    - {name: client.authentication.k8s.io/exec, extension: {audience: x}}
)");
  EXPECT_EQ(*config.clusters.at("c").exec_config, (nlohmann::json{{"audience", "x"}}));
}

TEST(MergeKubeconfig, TheFirstEntryOfANameWinsAsAWhole) {
  Kubeconfig merged = Parsed("users: [{name: u, user: {username: a}}]");
  MergeKubeconfig(merged, Parsed("current-context: two\nusers: [{name: u, user: {username: b, "
                                 "password: p}}, {name: v, user: {}}]"));
  MergeKubeconfig(merged, Parsed("current-context: three"));
  EXPECT_EQ(merged.users.at("u").username, "a");
  EXPECT_EQ(merged.users.at("u").password, "");
  EXPECT_TRUE(merged.users.contains("v"));
  EXPECT_EQ(merged.current_context, "two");
}

}  // namespace
}  // namespace vr::kube
