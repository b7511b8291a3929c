// The libvirt provider against a real libvirtd of its own, with guests under software emulation.
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/context.h"
#include "providers/libvirt/provider.h"
#include "sdk/task_runner.h"
#include "sdk/watch_hub.h"
#include "testing/eventually.h"

namespace vr::libvirt {
namespace {

// Runs one of the project's scripts; its last line, without the line end.
std::string Script(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::array<char, 4096> line{};
  std::string last;
  while (pipe && fgets(line.data(), line.size(), pipe.get()) != nullptr) last = line.data();
  while (!last.empty() && last.back() == '\n') last.pop_back();
  return last;
}

std::string Host(const std::string& command, const std::string& folder) {
  return Script(std::string(VR_SOURCE_DIR) + "/tests/integration/libvirt_host.sh " + command + " " +
                folder);
}

// A web server with one file, in pieces as they come over a network.
class OneFile final : public net::HttpClient {
 public:
  explicit OneFile(std::string path) : path_(std::move(path)) {}
  Result<net::HttpResponse> Do(const Context&, const net::HttpRequest&) override {
    return Error{ErrorKind::kInternal, "not asked for here", {}};
  }
  Result<net::HttpResponse> Stream(const Context&, const net::HttpRequest&,
                                   const net::ChunkHandler& on_chunk) override {
    std::ifstream file(path_, std::ios::binary);
    std::string piece(100, '\0');  // the first one ends within the image's header
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
           file.gcount() > 0) {
      VR_RETURN_IF_ERROR(on_chunk({piece.data(), static_cast<size_t>(file.gcount())}));
      piece.resize(100'000);
    }
    return net::HttpResponse{200, {}, ""};
  }

 private:
  const std::string path_;
};

class LibvirtHost : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = "/tmp/vrlvXXXXXX";  // short: a socket's path has 108 characters at most
    folder_ = new std::string(mkdtemp(name.data()));
    image_ = new std::string(Script(std::string(VR_SOURCE_DIR) + "/hack/build-tiny-guest.sh"));
    uri_ = new std::string(Host("start", *folder_));
  }
  static void TearDownTestSuite() {
    Host("stop", *folder_);
    std::filesystem::remove_all(*folder_);
    delete folder_;
    delete image_;
    delete uri_;
  }

  void SetUp() override {
    ASSERT_NE(*image_, "") << "hack/build-tiny-guest.sh failed";
    ASSERT_NE(*uri_, "") << "libvirt_host.sh failed: it needs root, libvirtd and QEMU";
    http_ = std::make_unique<OneFile>(*image_);
    tasks_ = std::make_unique<sdk::TaskRunner>(sdk::TaskRunner::Options{}, SystemClock());
    tasks_->OnChange([this](const std::string& id, const rpc::TaskState& state) {
      const std::lock_guard lock(mutex_);
      if (state.done) done_[id] = state;
      changed_.notify_all();
    });
    ProviderOptions options;
    options.connection.uri = *uri_;
    // Nothing here may have to wait for a keepalive to wake it up.
    options.connection.keepalive_seconds = 30;
    options.connection.backoff.base = std::chrono::milliseconds(100);
    options.pool.path = *folder_ + "/pool";
    provider_ = std::make_unique<LibvirtProvider>(
        options, LibvirtProvider::Deps{loop_, *tasks_, hub_, http_.get(), SystemClock()});
    provider_->Start();
  }

  rpc::TaskState Finish(const Result<sdk::TaskRef>& task) {
    if (!task) return {.done = true, .error = task.error()};
    if (task->empty()) return {.done = true};
    std::unique_lock lock(mutex_);
    SystemClock().WaitUntil(lock, changed_, {}, ctx_.deadline(),
                            [&] { return done_.count(task->id) != 0; });
    return done_[task->id];
  }

  sdk::CreateRequest Request(const std::string& name) const {
    sdk::CreateRequest request;
    request.vm.name = name;
    request.vm.owner_uid = "uid-of-" + name;
    request.vm.owner_key = "default/" + name;
    request.vm.user_data = "#!/bin/sh\necho hello\n";
    request.vm.vm_class.cpus = 1;
    request.vm.vm_class.memory_mib = 192;
    request.vm.vm_class.root_disk_gib = 1;
    request.vm.image.name = "tiny";
    request.vm.image.path = *image_;
    request.vm.networks.resize(1);
    request.vm.networks[0].mode = "user";
    return request;
  }

  std::string Make(const sdk::CreateRequest& request) {
    const auto created = provider_->Create(ctx_, request);
    EXPECT_TRUE(created) << created.error().message;
    if (!created) return "";
    const auto end = Finish(created->task);
    EXPECT_FALSE(end.error) << end.error->message;
    return created->id;
  }

  Status Unmake(const std::string& id, const std::string& name) {
    const auto end = Finish(
        provider_->Delete(ctx_, {.id = id, .owner_uid = "uid-of-" + name, .idempotency_key = ""}));
    return end.error ? Status(*end.error) : Status();
  }

  // Follows the Watch stream until `wanted` holds.
  bool Watch(const std::function<bool(const rpc::WatchUpdate&)>& wanted) {
    bool seen = false;
    const Status ended = hub_.Watch(ctx_, "", [&](const rpc::WatchUpdate& update) -> Status {
      seen = wanted(update);
      return seen ? Status(Error{ErrorKind::kCancelled, "seen", {}}) : Status();
    });
    return seen && !ended;
  }

  size_t Volumes(const std::string& part) const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(*folder_ + "/pool")) {
      if (entry.path().filename().string().find(part) != std::string::npos) ++count;
    }
    return count;
  }

  static inline std::string* folder_ = nullptr;
  static inline std::string* image_ = nullptr;
  static inline std::string* uri_ = nullptr;
  const Context ctx_ = Context().WithTimeout(std::chrono::seconds(150));
  EventLoop loop_;
  std::mutex mutex_;  // guards done_
  std::condition_variable_any changed_;
  std::map<std::string, rpc::TaskState> done_;
  sdk::WatchHub hub_;
  std::unique_ptr<OneFile> http_;
  std::unique_ptr<LibvirtProvider> provider_;
  std::unique_ptr<sdk::TaskRunner> tasks_;  // last: ends its tasks while the provider is there
};

TEST_F(LibvirtHost, BootsAGuestReportsItsAddressShutsItDownAndLeavesNothing) {
  const std::string id = Make(Request("boot"));
  ASSERT_TRUE(provider_->Power(ctx_, {.id = id, .op = sdk::PowerOp::kOn}));
  EXPECT_TRUE(Watch([&](const rpc::WatchUpdate& update) {
    return update.kind == rpc::WatchUpdate::Kind::kVm && update.vm.id == id &&
           !update.vm.ips.empty() && update.vm.ips.front() == "10.0.2.15";
  })) << "no address in time";
  const auto running = provider_->Describe(ctx_, id);
  ASSERT_TRUE(running && running->exists);
  EXPECT_EQ(running->vm.power, sdk::PowerState::kOn);
  EXPECT_EQ(running->vm.console_url.rfind("vnc://127.0.0.1:", 0), 0u) << running->vm.console_url;
  EXPECT_EQ(running->vm.disks.front().size_bytes, int64_t{1} << 30);

  const auto off = Finish(provider_->Power(ctx_, {.id = id,
                                                  .op = sdk::PowerOp::kShutdownGraceful,
                                                  .graceful_timeout = std::chrono::seconds(60)}));
  EXPECT_FALSE(off.error) << off.error->message;
  EXPECT_EQ(provider_->Describe(ctx_, id)->vm.power, sdk::PowerState::kOff);

  ASSERT_TRUE(Unmake(id, "boot"));
  EXPECT_FALSE(provider_->Describe(ctx_, id)->exists);
  EXPECT_EQ(Volumes("vrtg-boot"), 0u);
  EXPECT_EQ(Volumes("vrtg-image"), 2u) << "the image and its mark stay";
}

// QEMU does not answer, and a call of somebody else waits for it.
TEST_F(LibvirtHost, DescribesAVmThatAnotherCallIsBusyWith) {
  const std::string id = Make(Request("busy"));
  ASSERT_TRUE(provider_->Power(ctx_, {.id = id, .op = sdk::PowerOp::kOn}));
  const pid_t qemu = std::atoi(Script("cat " + *folder_ + "/*/qemu/busy.pid").c_str());
  ASSERT_GT(qemu, 1);
  ASSERT_EQ(kill(qemu, SIGSTOP), 0);
  const ConnectHandle connect(virConnectOpen(uri_->c_str()));
  const DomainHandle domain(virDomainLookupByUUIDString(connect.get(), id.c_str()));
  const ConnectHandle other(virConnectOpen(uri_->c_str()));
  const DomainHandle watched(virDomainLookupByUUIDString(other.get(), id.c_str()));
  auto stuck = std::async(std::launch::async, [&] {
    std::array<virDomainMemoryStatStruct, VIR_DOMAIN_MEMORY_STAT_NR> stats{};
    return virDomainMemoryStats(domain.get(), stats.data(), stats.size(), 0);
  });
  virDomainControlInfo control{};
  EXPECT_TRUE(testing::Eventually([&] {
    return virDomainGetControlInfo(watched.get(), &control, 0) == 0 &&
           control.state == VIR_DOMAIN_CONTROL_OCCUPIED;
  }));

  const auto start = std::chrono::steady_clock::now();
  const auto described = provider_->Describe(ctx_, id);
  const auto listed = provider_->ListVms(ctx_);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  kill(qemu, SIGCONT);
  EXPECT_GT(stuck.get(), 0);
  ASSERT_TRUE(described && listed && listed->size() == 1);
  for (const sdk::VmState& vm : {described->vm, listed->front()}) {
    EXPECT_EQ(vm.power, sdk::PowerState::kOn);
    EXPECT_EQ(vm.memory_mib, 192);
    EXPECT_EQ(vm.cpus, 1);
    EXPECT_EQ(vm.disks.front().size_bytes, int64_t{1} << 30);
  }
  EXPECT_TRUE(Unmake(id, "busy"));
}

TEST_F(LibvirtHost, ChangesCpuAndMemoryOfAVmThatIsOff) {
  auto request = Request("resized");
  const std::string id = Make(request);
  for (const auto& [cpus, memory] : {std::pair(3, 320), std::pair(1, 128), std::pair(2, 192)}) {
    request.vm.vm_class.cpus = cpus;
    request.vm.vm_class.memory_mib = memory;
    const auto changed =
        provider_->Reconfigure(ctx_, {.id = id, .desired = request.vm, .idempotency_key = ""});
    ASSERT_TRUE(changed) << changed.error().message;
    const auto now = provider_->Describe(ctx_, id);
    ASSERT_TRUE(now) << now.error().message;
    EXPECT_EQ(now->vm.cpus, cpus);
    EXPECT_EQ(now->vm.memory_mib, memory);
  }
  ASSERT_TRUE(provider_->Power(ctx_, {.id = id, .op = sdk::PowerOp::kOn}));
  EXPECT_EQ(provider_->Describe(ctx_, id)->vm.cpus, 2) << "it starts with what it was given";
  EXPECT_EQ(provider_->Reconfigure(ctx_, {.id = id, .desired = request.vm, .idempotency_key = ""})
                .error()
                .kind,
            ErrorKind::kConflict);
  request.vm.owner_uid = "somebody";
  EXPECT_EQ(provider_->Reconfigure(ctx_, {.id = id, .desired = request.vm, .idempotency_key = ""})
                .error()
                .kind,
            ErrorKind::kConflict);
  EXPECT_TRUE(Unmake(id, "resized").ok());
}

TEST_F(LibvirtHost, NeverMakesASecondVmForOneOwner) {
  const std::string id = Make(Request("once"));
  const auto again = provider_->Create(ctx_, Request("once"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, id);
  EXPECT_TRUE(again->task.empty());
  sdk::CreateRequest other = Request("once");
  other.vm.owner_uid = "somebody-else";
  EXPECT_EQ(provider_->Create(ctx_, other).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(provider_->Delete(ctx_, {.id = id, .owner_uid = "somebody-else"}).error().kind,
            ErrorKind::kConflict);
  EXPECT_EQ(provider_->ListVms(ctx_)->size(), 1u);
  EXPECT_TRUE(Unmake(id, "once"));
}

TEST_F(LibvirtHost, LeavesNothingOfACreateThatFails) {
  sdk::CreateRequest request = Request("sum");
  request.vm.image.checksum = std::string(64, '0');
  const auto created = provider_->Create(ctx_, request);
  ASSERT_TRUE(created);
  const auto end = Finish(created->task);
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->kind, ErrorKind::kInvalidSpec) << end.error->message;
  EXPECT_FALSE(provider_->Describe(ctx_, created->id)->exists);
  EXPECT_EQ(Volumes("vrtg-sum"), 0u);

  sdk::CreateRequest network = Request("net");
  network.vm.networks[0] = {};
  network.vm.networks[0].model = "no such model!";
  const auto broken = Finish(provider_->Create(ctx_, network)->task);
  ASSERT_TRUE(broken.error);
  EXPECT_EQ(Volumes("vrtg-net"), 0u);
}

TEST_F(LibvirtHost, VerifiesADownloadWhileItComesIn) {
  const size_t images = Volumes("vrtg-image");
  sdk::CreateRequest request = Request("web");
  request.vm.image.path = "";
  request.vm.image.url = "http://images.example/tiny.qcow2";
  const std::string sum = Script("sha512sum " + *image_).substr(0, 128);
  request.vm.image.checksum_type = "sha512";
  request.vm.image.checksum = "0" + sum.substr(1);
  if (request.vm.image.checksum == sum) request.vm.image.checksum[0] = '1';
  const auto wrong = Finish(provider_->Create(ctx_, request)->task);
  ASSERT_TRUE(wrong.error);
  EXPECT_EQ(wrong.error->kind, ErrorKind::kInvalidSpec) << wrong.error->message;
  EXPECT_NE(wrong.error->message.find(sum), std::string::npos) << wrong.error->message;
  EXPECT_EQ(Volumes("vrtg-image"), images) << "nothing that was not verified stays";

  request.vm.image.checksum = "sha512:" + sum;
  const std::string id = Make(request);
  EXPECT_EQ(Volumes("vrtg-image"), images + 2) << "the image and its mark";
  EXPECT_TRUE(provider_->Power(ctx_, {.id = id, .op = sdk::PowerOp::kOn}));
  EXPECT_TRUE(Unmake(id, "web"));
}

TEST_F(LibvirtHost, FindsItsVmsAgainAfterLibvirtdWasKilled) {
  const std::string id = Make(Request("kill"));
  ASSERT_TRUE(provider_->Power(ctx_, {.id = id, .op = sdk::PowerOp::kOn}));
  Host("kill", *folder_);
  EXPECT_TRUE(Watch([](const rpc::WatchUpdate& update) {
    return update.kind == rpc::WatchUpdate::Kind::kHealth && !update.healthy;
  }));
  const auto unreachable = provider_->Describe(ctx_, id);
  ASSERT_FALSE(unreachable) << "could not ask is not the same as not found";
  EXPECT_EQ(unreachable.error().kind, ErrorKind::kUnavailable);
  ASSERT_EQ(Host("start", *folder_), *uri_);
  EXPECT_TRUE(Watch([](const rpc::WatchUpdate& update) {
    return update.kind == rpc::WatchUpdate::Kind::kHealth && update.healthy;
  }));
  const auto found = provider_->Describe(ctx_, id);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->exists);
  EXPECT_EQ(found->vm.power, sdk::PowerState::kOn) << "the guest went on";
  EXPECT_TRUE(Unmake(id, "kill"));
}

TEST_F(LibvirtHost, CompletesAVmOfWhichOnlyTheFirstStepWasDone) {
  // What a kill right after the first step leaves: a domain marked "creating", no volumes.
  const std::string uuid = DomainUuidFor("uid-of-half");
  DomainSpec half;
  half.uuid = uuid;
  half.name = "half";
  half.owner = {.uid = "uid-of-half", .key = "default/half", .creating = true, .volumes = {}};
  half.disks = {{.volume = {"default", "vrtg-half-gone.qcow2"}, .format = "qcow2", .cache = ""}};
  const std::string file = *folder_ + "/half.xml";
  std::ofstream(file) << RenderDomain(half);
  Script("virsh -q -c '" + *uri_ + "' define " + file);
  EXPECT_TRUE(provider_->ListVms(ctx_)->empty()) << "a half-made VM is nobody's business";

  const std::string id = Make(Request("half"));
  EXPECT_EQ(id, uuid);
  EXPECT_TRUE(provider_->Power(ctx_, {.id = id, .op = sdk::PowerOp::kOn}));
  EXPECT_TRUE(Unmake(id, "half"));
}

}  // namespace
}  // namespace vr::libvirt
