#include "sdk/server.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <set>

#include "net/local_ca.h"
#include "obs/trace.h"
#include "rpc/grpc_provider_client.h"
#include "testing/eventually.h"
#include "testing/temp_folder.h"

namespace vr::sdk {
namespace {

// Remembers one VM and answers from it.
class OneVmProvider final : public Provider {
 public:
  Result<ValidateResult> Validate(const Context&) override { return ValidateResult{true, "fine"}; }
  Result<Capabilities> GetCapabilities(const Context&) override {
    Capabilities out;
    out.provider_type = "one";
    return out;
  }
  Result<CreateResult> Create(const Context&, const CreateRequest& request) override {
    if (request.vm.name == "full")
      return Error{ErrorKind::kQuotaExceeded, "no room", std::chrono::seconds(3)};
    vm.id = "vm-1";
    vm.name = request.vm.name;
    vm.owner_uid = request.vm.owner_uid;
    return CreateResult{vm.id, {}};
  }
  Result<TaskRef> Delete(const Context&, const DeleteRequest&) override { return TaskRef{}; }
  Result<TaskRef> Power(const Context& ctx, const PowerRequest&) override {
    entered.set_value();
    return ctx.Sleep(std::chrono::hours(1)).error();  // until the client gives up
  }
  Result<DescribeResult> Describe(const Context& ctx, const std::string& id) override {
    {
      const std::lock_guard lock(mutex_);
      caller_ = obs::SpanOf(ctx);
    }
    if (id == "throws") throw std::runtime_error("boom");
    return DescribeResult{id == vm.id, vm};
  }
  Result<std::vector<VmState>> ListVms(const Context&) override { return std::vector{vm}; }

  // The span that the last Describe was part of.
  std::optional<obs::SpanContext> caller() const {
    const std::lock_guard lock(mutex_);
    return caller_;
  }

  VmState vm;
  std::promise<void> entered;

 private:
  mutable std::mutex mutex_;  // guards caller_: ThreadSanitizer does not see that gRPC orders it
  std::optional<obs::SpanContext> caller_;
};

class ServerTest : public ::testing::Test {
 protected:
  std::unique_ptr<rpc::ProviderClient> Serve(ServerOptions options = {.address = "127.0.0.1:0",
                                                                      .insecure = true}) {
    auto server = Server::Start(options, provider_, tasks_, hub_);
    EXPECT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(*server);
    return rpc::MakeGrpcProviderClient({.target = server_->address()});
  }
  static Context Soon() { return Context().WithTimeout(std::chrono::seconds(10)); }

  OneVmProvider provider_;
  TaskRunner tasks_{{}, SystemClock()};
  WatchHub hub_;
  std::unique_ptr<Server> server_;
};

// The names of this process's threads.
std::set<std::string> ThreadNames() {
  std::set<std::string> names;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(thread.path() / "comm"), name);
    names.insert(name);
  }
  return names;
}

TEST_F(ServerTest, LooksForCancelledCallsOnAThreadWithAName) {
  const auto client = Serve();
  EXPECT_TRUE(testing::Eventually([] { return ThreadNames().contains("cancelled-calls"); }));
}

TEST_F(ServerTest, CarriesCallsAndAnswers) {
  const auto client = Serve();
  rpc::CreateRequest create;
  create.vm.name = "web";
  create.vm.owner_uid = "uid-1";
  const auto created = client->Create(Soon(), create);
  ASSERT_TRUE(created.ok()) << created.error().message;
  EXPECT_EQ(created->id, "vm-1");
  EXPECT_EQ(client->Describe(Soon(), "vm-1")->vm.name, "web");
  EXPECT_FALSE(client->Describe(Soon(), "vm-2")->exists);
  EXPECT_EQ(client->ListVms(Soon())->size(), 1U);
  EXPECT_EQ(client->GetCapabilities(Soon())->provider_type, "one");
  EXPECT_TRUE(client->Validate(Soon())->ok);
}

TEST_F(ServerTest, CarriesErrorsWithKindAndHint) {
  const auto client = Serve();
  rpc::CreateRequest create;
  create.vm.name = "full";
  create.vm.owner_uid = "uid-1";
  const auto refused = client->Create(Soon(), create);
  EXPECT_EQ(refused.error().kind, ErrorKind::kQuotaExceeded);
  EXPECT_EQ(refused.error().retry_after, std::chrono::seconds(3));
  create.vm.owner_uid.clear();
  EXPECT_EQ(client->Create(Soon(), create).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(client->Clone(Soon(), {}).error().kind, ErrorKind::kNotSupported);
  EXPECT_EQ(client->Describe(Soon(), "throws").error().kind, ErrorKind::kInternal);
  EXPECT_EQ(client->TaskStatus(Soon(), "none").error().kind, ErrorKind::kNotFound);
}

TEST_F(ServerTest, WorksInTheTraceOfItsCaller) {
  const auto client = Serve();
  const obs::Tracer tracer(1, [](const obs::FinishedSpan&) {});
  const obs::Span span(tracer, Soon(), "work");
  ASSERT_TRUE(client->Describe(span.ctx(), "vm-1").ok());
  EXPECT_EQ(provider_.caller(), obs::SpanOf(span.ctx()));
  ASSERT_TRUE(client->Describe(Soon(), "vm-1").ok());
  EXPECT_FALSE(provider_.caller().has_value());
}

TEST_F(ServerTest, StreamsChangesUntilTheServerStops) {
  const auto client = Serve();
  VmState vm;
  vm.id = "vm-9";
  std::vector<rpc::WatchUpdate::Kind> heard;
  const Status ended = client->Watch(Soon(), "", [&](const rpc::WatchUpdate& update) {
    heard.push_back(update.kind);
    if (update.kind == rpc::WatchUpdate::Kind::kSnapshotDone) hub_.PublishVm(vm);
    if (update.kind == rpc::WatchUpdate::Kind::kVm)
      return Status(Error{ErrorKind::kCancelled, "enough", {}});
    return Status();
  });
  EXPECT_EQ(ended.error().message, "enough");
  EXPECT_EQ(heard.size(), 3U);
  auto watching = std::async(std::launch::async, [&] {
    return client->Watch(Soon(), "", [&](const rpc::WatchUpdate& update) {
      if (update.kind == rpc::WatchUpdate::Kind::kSnapshotDone) provider_.entered.set_value();
      return Status();
    });
  });
  provider_.entered.get_future().wait();
  server_->Stop(std::chrono::seconds(5));
  EXPECT_EQ(watching.get().error().kind, ErrorKind::kUnavailable);
}

TEST_F(ServerTest, StopsTheWorkOfACallThatIsCancelled) {
  const auto client = Serve();
  std::stop_source stop;
  auto call = std::async(std::launch::async,
                         [&] { return client->Power(Context(stop.get_token()), {.id = "vm-1"}); });
  provider_.entered.get_future().wait();
  stop.request_stop();
  EXPECT_EQ(call.get().error().kind, ErrorKind::kCancelled);
  server_->Stop(std::chrono::seconds(10));  // returns once the handler has given up
}

TEST_F(ServerTest, DoesNotWaitForIdleClientsWhenItStops) {
  const auto client = Serve();
  ASSERT_TRUE(client->Validate(Soon()).ok());
  const TimePoint started = SystemClock().Now();
  server_->Stop(std::chrono::seconds(10));
  EXPECT_LT(SystemClock().Now() - started, std::chrono::seconds(3));
}

TEST_F(ServerTest, LetsACallFinishWhenItStopsButTakesNoNewOne) {
  const auto client = Serve();
  std::stop_source stop;
  auto call = std::async(std::launch::async,
                         [&] { return client->Power(Context(stop.get_token()), {.id = "vm-1"}); });
  provider_.entered.get_future().wait();
  auto stopping = std::async(std::launch::async, [&] { server_->Stop(std::chrono::seconds(10)); });
  const Context soon = Soon();
  while (client->Validate(soon) && soon.Sleep(std::chrono::milliseconds(5))) {
  }
  EXPECT_EQ(client->Validate(soon).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(stopping.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  stop.request_stop();
  EXPECT_EQ(call.get().error().kind, ErrorKind::kCancelled);
}

TEST_F(ServerTest, IsFoundByTheFirstCallAfterItCameBack) {
  const vr::testing::TempFolder folder;
  const std::string socket = folder.path() / "back.sock";
  const auto client = rpc::MakeGrpcProviderClient({.target = "unix:" + socket});
  EXPECT_EQ(client->Validate(Soon()).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(client->GetCapabilities(Soon()).error().kind, ErrorKind::kUnavailable);
  const auto unused = Serve({.address = "unix:" + socket});
  const auto found = client->GetCapabilities(Soon());
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_TRUE(client->Validate(Soon()).ok());
}

TEST_F(ServerTest, RefusesToServeTcpWithoutCredentials) {
  const auto server = Server::Start({.address = "127.0.0.1:0"}, provider_, tasks_, hub_);
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_NE(server.error().message.find("tls.crt"), std::string::npos);
}

class TlsServerTest : public ServerTest {
 protected:
  void SetUp() override {
    const auto name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    dir_ = std::filesystem::temp_directory_path() /
           ("sdk-tls-" + std::string(name) + std::to_string(::getpid()));
    std::filesystem::create_directories(dir_);
    auto ca = net::LocalCa::Create("test ca", std::chrono::hours(1), SystemClock());
    ASSERT_TRUE(ca.ok());
    ca_.emplace(std::move(*ca));
    const auto pair = ca_->IssueServerCert({"127.0.0.1", "localhost"}, std::chrono::hours(1));
    ASSERT_TRUE(pair.ok());
    std::ofstream(dir_ / "tls.crt") << pair->cert_pem;
    std::ofstream(dir_ / "tls.key") << pair->key_pem;
    std::ofstream(dir_ / "ca.crt") << ca_->cert_pem();
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(dir_);
  }
  std::unique_ptr<rpc::ProviderClient> As(const std::string& name) {
    const auto pair = ca_->IssueServerAndClientCert(name, {name}, std::chrono::hours(1));
    EXPECT_TRUE(pair.ok());
    return rpc::MakeGrpcProviderClient(
        {.target = server_->address(),
         .tls = rpc::ChannelTls{ca_->cert_pem(), pair->cert_pem, pair->key_pem, "localhost"}});
  }

  std::filesystem::path dir_;
  std::optional<net::LocalCa> ca_;
};

TEST_F(TlsServerTest, AdmitsClientsOfItsCaAlone) {
  Serve({.address = "127.0.0.1:0", .tls_dir = dir_});
  EXPECT_TRUE(As("manager")->Validate(Soon()).ok());
  const auto stranger = rpc::MakeGrpcProviderClient(
      {.target = server_->address(),
       .tls = rpc::ChannelTls{.ca_pem = ca_->cert_pem(), .server_name = "localhost"}});
  EXPECT_EQ(stranger->Validate(Soon()).error().kind, ErrorKind::kUnavailable);
}

TEST_F(TlsServerTest, AdmitsAllowedNamesAlone) {
  Serve({.address = "127.0.0.1:0", .tls_dir = dir_, .allowed_sans = {"manager"}});
  EXPECT_TRUE(As("manager")->Validate(Soon()).ok());
  EXPECT_EQ(As("mallory")->Validate(Soon()).error().kind, ErrorKind::kUnauthorized);
}

}  // namespace
}  // namespace vr::sdk
