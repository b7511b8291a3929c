#include "kube/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <mutex>

#include "base/base64.h"
#include "net/http_server.h"
#include "net/local_ca.h"
#include "testing/fake_clock.h"

namespace vr::kube {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A folder for kubeconfigs and a server that tells what it was sent.
class KubeconfigTest : public ::testing::Test {
 protected:
  KubeconfigTest() { fs::create_directories(folder_); }
  ~KubeconfigTest() override { fs::remove_all(folder_); }

  fs::path Write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  // One cluster, one user, one context "dev".
  fs::path WriteConfig(const std::string& cluster, const std::string& user) const {
    return Write("config", "current-context: dev\nclusters: [{name: c, cluster: {" + cluster +
                               "}}]\nusers: [{name: u, user: {" + user +
                               "}}]\ncontexts: [{name: dev, context: {cluster: c, user: u, "
                               "namespace: lab}}]\n");
  }
  void Serve(const std::string& name = "127.0.0.1") {
    const auto pair = ca_.IssueServerCert({name}, hours(1)).value();
    server_ = net::HttpServer::Start(
                  {.tls = net::ServerTls{.cert_pem = pair.cert_pem,
                                         .key_pem = pair.key_pem,
                                         .client_ca_pem = ca_.cert_pem(),
                                         .client_auth = net::ClientAuth::kRequest}},
                  [this](const Context&, const net::PeerIdentity& peer,
                         const net::HttpRequest& request, net::ResponseWriter& out) {
                    const std::string token = net::HeaderOr(request.headers, "Authorization");
                    (void)out.Send({.status = token == refused_ ? 401 : 200,
                                    .headers = {},
                                    .body = peer.common_name + "|" + token + "|" +
                                            net::HeaderOr(request.headers, "Impersonate-Group")});
                  })
                  .value();
    url_ = "https://" + server_->address();
  }
  // What the server sees of a request with that access.
  std::string Ask(const ClusterAccess& access) const {
    const Client client(access.config);
    const auto answer =
        client.Raw(Context({}, clock_), {.method = "GET", .url = "/", .headers = {}, .body = {}});
    return answer.ok() ? answer->body : answer.error().message;
  }
  std::string CaData() const {
    return "certificate-authority-data: " + EncodeBase64(ca_.cert_pem());
  }
  std::string Cluster() const { return "server: '" + url_ + "', " + CaData(); }
  Result<ClusterAccess> Load(const fs::path& file, const std::string& context = "") const {
    return LoadKubeconfig(Context({}, clock_), {.files = {file}, .context = context});
  }
  std::string LoadError(const fs::path& file) const {
    const auto access = Load(file);
    if (access.ok()) return "loaded";
    EXPECT_EQ(access.error().kind, ErrorKind::kInvalidSpec);
    return access.error().message;
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) /
      ("kubeconfig_" +
       std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  const net::LocalCa ca_ = net::LocalCa::Create("test CA", hours(24), SystemClock()).value();
  testing::FakeClock clock_;
  std::string refused_ = "nothing is";
  std::unique_ptr<net::HttpServer> server_;
  std::string url_ = "https://127.0.0.1:1";
};

TEST_F(KubeconfigTest, AToken) {
  Serve();
  const auto access = Load(WriteConfig(Cluster(), "token: abc"));
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(access->ns, "lab");
  EXPECT_EQ(access->context, "dev");
  EXPECT_EQ(Ask(*access), "|Bearer abc|");
}

TEST_F(KubeconfigTest, ACertificateAsDataAndAsRelativeFiles) {
  Serve();
  const auto pair = ca_.IssueClientCert("alice", {}, hours(1)).value();
  const auto data =
      Load(WriteConfig(Cluster(), "client-certificate-data: " + EncodeBase64(pair.cert_pem) +
                                      ", client-key-data: " + EncodeBase64(pair.key_pem)));
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_EQ(Ask(*data), "alice||");
  Write("pki/ca.crt", ca_.cert_pem());
  Write("pki/a.crt", pair.cert_pem);
  Write("pki/a.key", pair.key_pem);
  const auto files = Load(WriteConfig("server: '" + url_ + "', certificate-authority: pki/ca.crt",
                                      "client-certificate: pki/a.crt, client-key: ./pki/a.key"));
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_EQ(Ask(*files), "alice||");
}

TEST_F(KubeconfigTest, BasicAuthenticationAndImpersonation) {
  Serve();
  const auto access =
      Load(WriteConfig(Cluster(), "username: joe, password: 'p:w', as: jane, as-groups: [admins]"));
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(Ask(*access), "|Basic " + EncodeBase64("joe:p:w") + "|admins");
}

TEST_F(KubeconfigTest, ATokenFileIsReadAgainAfterAMinute) {
  Serve();
  Write("token", "one\n");
  const auto access = Load(WriteConfig(Cluster(), "token: unused, tokenFile: token"));
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(Ask(*access), "|Bearer one|");
  Write("token", "two\n");
  clock_.Advance(std::chrono::seconds(59));
  EXPECT_EQ(Ask(*access), "|Bearer one|");
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Ask(*access), "|Bearer two|");
  fs::remove(folder_ / "token");
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(Ask(*access), "|Bearer two|") << "the last token is better than none";
}

TEST_F(KubeconfigTest, AMissingTokenFileFailsTheRequest) {
  const auto access = Load(WriteConfig(Cluster(), "tokenFile: token"));
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_THAT(Ask(*access), HasSubstr("token' cannot be read"));
}

TEST_F(KubeconfigTest, AnExecPlugInGivesATokenAndAnotherOneWhenThatIsRefused) {
  Serve();
  const std::string script =
      R"(n=$(cat "$DIR/n" 2>/dev/null || echo 0); n=$((n+1)); echo $n > "$DIR/n";
         printf '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential",)"
      R"("status":{"token":"t%s"}}' $n)";
  Write("plugin", "#!/bin/sh\n" + script + "\n");
  fs::permissions(folder_ / "plugin", fs::perms::owner_all);
  const auto access = Load(
      WriteConfig(Cluster(),
                  "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./plugin, "
                  "env: [{name: DIR, value: '" +
                      folder_.string() + "'}]}"));
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(Ask(*access), "|Bearer t1|");
  EXPECT_EQ(Ask(*access), "|Bearer t1|");
  refused_ = "Bearer t1";
  EXPECT_EQ(Ask(*access), "|Bearer t1|");
  EXPECT_EQ(Ask(*access), "|Bearer t2|");
}

TEST_F(KubeconfigTest, AnExecPlugInGivesACertificate) {
  Serve();
  const auto pair = ca_.IssueClientCert("bob", {}, hours(1)).value();
  const auto escaped = [](std::string pem) {
    for (size_t at = 0; (at = pem.find('\n', at)) != std::string::npos; at += 2)
      pem.replace(at, 1, "\\n");
    return pem;
  };
  Write("answer.json",
        R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{)"
        R"("clientCertificateData":")" +
            escaped(pair.cert_pem) + R"(","clientKeyData":")" + escaped(pair.key_pem) + "\"}}");
  const auto access = Load(WriteConfig(
      Cluster(), "exec: {apiVersion: client.authentication.k8s.io/v1, command: cat, args: ['" +
                     (folder_ / "answer.json").string() + "']}"));
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(Ask(*access), "bob||");
}

TEST_F(KubeconfigTest, AServerMayHaveAnotherNameInItsCertificate) {
  Serve("api.internal");
  EXPECT_THAT(Ask(Load(WriteConfig(Cluster(), "token: a")).value()), HasSubstr("SSL"));
  EXPECT_EQ(
      Ask(Load(WriteConfig(Cluster() + ", tls-server-name: api.internal", "token: a")).value()),
      "|Bearer a|");
  EXPECT_EQ(
      Ask(Load(WriteConfig("server: '" + url_ + "', insecure-skip-tls-verify: true", "token: a"))
              .value()),
      "|Bearer a|");
}

TEST_F(KubeconfigTest, AProxyIsUsed) {
  Serve();
  const auto access =
      Load(WriteConfig(Cluster() + ", proxy-url: 'http://127.0.0.1:1'", "token: a"));
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_THAT(Ask(*access), HasSubstr("127.0.0.1 port 1"));
}

TEST_F(KubeconfigTest, FilesAreMergedInOrder) {
  const fs::path one = Write("one", "contexts: [{name: a, context: {cluster: c, namespace: n1}}]");
  const fs::path two = Write("two",
                             "current-context: a\n"
                             "contexts: [{name: a, context: {cluster: other, user: u}}]\n"
                             "clusters: [{name: c, cluster: {server: 'https://h:1'}}]");
  const auto access =
      LoadKubeconfig(Context(), {.files = {one, folder_ / "missing", two}, .context = ""});
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(access->ns, "n1");
  EXPECT_EQ(access->config.server, "https://h:1");
}

TEST_F(KubeconfigTest, ErrorsNameFileContextFieldAndRemedy) {
  const std::string server = "server: 'https://h:1'";
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"server: h", "", "cluster 'c': server 'h' is not a URL such as https://host:6443"},
      {"", "", "cluster 'c': server '' is not a URL"},
      {server + ", certificate-authority: ca.crt", "", "ca.crt' cannot be read"},
      {server + ", certificate-authority-data: '!!'", "",
       "cluster 'c': certificate-authority-data: not base64"},
      {server + ", certificate-authority-data: YWJj", "", "not PEM once its base64 is decoded"},
      {CaData() + ", insecure-skip-tls-verify: true, " + server, "", "exclude each other"},
      {server + ", proxy-url: 'ftp://p'", "", "proxy-url 'ftp://p' is not a proxy's URL"},
      {server, "auth-provider: {name: gcp}", "auth-provider 'gcp' is no longer supported"},
      {server, "auth-provider: {name: gcp}", "exec plug-in"},
      {server, "token: a, username: b, password: c", "token and username exclude each other"},
      {server, "username: b", "username and password must be given together"},
      {server, "client-certificate: a.crt", "client-certificate needs client-key"},
      {server, "client-key-data: YQ==", "client-key needs client-certificate"},
      {server, "client-certificate: a.crt, client-key: a.key", "a.crt' cannot be read"},
      {server, "as-groups: [g]", "need 'as'"},
      {server, "exec: {apiVersion: v1, command: x}", "exec.apiVersion 'v1' is not supported"},
      {server, "token: 5", "users['u'].user.token must be text"}};
  for (const auto& [cluster, user, expected] : cases) {
    const fs::path file = WriteConfig(cluster, user);
    EXPECT_THAT(LoadError(file),
                AllOf(HasSubstr("kubeconfig '" + file.string() + "'"), HasSubstr(expected)));
  }
}

TEST_F(KubeconfigTest, SaysWhichContextsThereAre) {
  const fs::path file = WriteConfig("server: 'https://h:1'", "");
  EXPECT_THAT(Load(file, "prod").error().message,
              HasSubstr("context 'prod' does not exist; there are: dev"));
  EXPECT_THAT(LoadError(Write("a", "contexts: [{name: x, context: {cluster: none}}]")),
              AllOf(HasSubstr("current-context is not set"), HasSubstr("there are: x")));
  EXPECT_THAT(LoadError(Write("b",
                              "current-context: x\n"
                              "contexts: [{name: x, context: {cluster: none}}]")),
              HasSubstr("context 'x': cluster 'none' does not exist; there is none"));
  EXPECT_THAT(LoadError(Write("c",
                              "current-context: x\n"
                              "contexts: [{name: x, context: {cluster: c, user: ghost}}]\n"
                              "clusters: [{name: c, cluster: {server: 'https://h'}}]")),
              HasSubstr("user 'ghost' does not exist"));
}

TEST_F(KubeconfigTest, SaysWhenThereIsNoFile) {
  EXPECT_THAT(LoadError(folder_ / "nothing"), HasSubstr("nothing' does not exist"));
  EXPECT_THAT(LoadError(folder_), HasSubstr("cannot be read"));
  EXPECT_EQ(LoadKubeconfig(Context(), {}).error().kind, ErrorKind::kInvalidSpec);
}

TEST_F(KubeconfigTest, APodUsesItsServiceAccount) {
  Serve();
  Write("sa/ca.crt", ca_.cert_pem());
  Write("sa/namespace", "virtrigaud-system");
  Write("sa/token", "one");
  const std::string port = server_->address().substr(server_->address().rfind(':') + 1);
  const auto access = LoadInCluster(folder_ / "sa", "127.0.0.1", port);
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(access->ns, "virtrigaud-system");
  EXPECT_EQ(Ask(*access), "|Bearer one|");
  Write("sa/token", "two");
  EXPECT_EQ(Ask(*access), "|Bearer two|");
  EXPECT_EQ(LoadInCluster(folder_ / "sa", "fd00::1", "443").value().config.server,
            "https://[fd00::1]:443");
}

TEST_F(KubeconfigTest, OutsideAPodThereIsNoServiceAccount) {
  EXPECT_THAT(LoadInCluster(folder_, "", "").error().message, HasSubstr("this is no pod"));
  EXPECT_THAT(LoadInCluster(folder_, "h", "1").error().message,
              HasSubstr("ca.crt' is missing or empty"));
}

TEST(SplitPathList, LeavesOutEmptyParts) {
  EXPECT_THAT(SplitPathList("/a:/b c::d:"), ElementsAre("/a", "/b c", "d"));
  EXPECT_THAT(SplitPathList(""), IsEmpty());
}

}  // namespace
}  // namespace vr::kube
