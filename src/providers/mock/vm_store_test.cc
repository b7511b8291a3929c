#include "providers/mock/vm_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "providers/mock/state_json.h"

namespace vr::mock {
namespace {

VmRecord Named(const std::string& id, const std::string& name) {
  VmRecord record;
  record.vm.id = id;
  record.vm.name = name;
  record.vm.owner_uid = "uid-of-" + id;
  return record;
}

class VmStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("mock-store-" + std::string(test->name()) + std::to_string(::getpid()));
    file_ = folder_ / "sub" / "state.json";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  VmStore::Listener Remember() {
    return [this](const VmRecord& record, Presence presence) {
      heard_.push_back(record.vm.name + (presence == Presence::kGone ? " gone" : ""));
    };
  }
  std::string Content() const {
    std::stringstream content;
    content << std::ifstream(file_).rdbuf();
    return content.str();
  }

  std::filesystem::path folder_;
  std::filesystem::path file_;
  std::vector<std::string> heard_;
};

VmRecord Complete() {
  VmRecord record = Named("vm-1", "web \"1\"");
  record.vm.power = sdk::PowerState::kSuspended;
  record.vm.host = "host";
  record.vm.cpus = 3;
  record.vm.memory_mib = 2048;
  record.vm.guest_os = "debian";
  record.vm.nics = {{"eth0", "52:54:00:00:00:01", "default", {"10.64.0.1"}}};
  record.vm.disks = {{"root", "[mock] web/root.qcow2", "qcow2", int64_t{5} << 40}};
  record.vm.raw = {{"owner", "default/web"}};
  record.booted = true;
  record.boots = 7;
  record.snapshots = {{.id = "snap-1",
                       .name = "before",
                       .description = "d",
                       .created = "2026-01-01T00:00:00Z",
                       .memory = true,
                       .cpus = 1,
                       .memory_mib = 512,
                       .disks = record.vm.disks}};
  return record;
}

TEST_F(VmStoreTest, KeepsEveryFieldOverARestart) {
  VmRecord half_made = Named("vm-2", "half");
  half_made.creating = true;
  int64_t number = 0;
  {
    VmStore store(file_, nullptr);
    EXPECT_FALSE(*store.Open({}));
    number = store.NextNumber();
    ASSERT_TRUE(store.FindOrAdd(Complete()).ok());
    ASSERT_TRUE(store.FindOrAdd(half_made).ok());
    ASSERT_TRUE(store.PutImage({"debian", "[mock] debian"}).ok());
  }
  VmStore store(file_, Remember());
  const auto found = store.Open({});
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_TRUE(*found);
  EXPECT_EQ(store.Find("vm-1"), Complete());
  EXPECT_EQ(store.Find("vm-2"), half_made);
  EXPECT_EQ(store.FindImage("debian")->path, "[mock] debian");
  EXPECT_GT(store.NextNumber(), number);
  EXPECT_EQ(heard_.size(), 2U);
}

TEST_F(VmStoreTest, TheFileHasAChangeBeforeItReturnsAndTheListenerHearsOfIt) {
  VmStore store(file_, [&](const VmRecord& record, Presence presence) {
    const bool in_file = ParseState(Content())->vms.contains(record.id());
    EXPECT_EQ(in_file, presence == Presence::kThere);
    heard_.push_back(record.vm.name);
  });
  ASSERT_TRUE(store.Open({}).ok());
  ASSERT_TRUE(store.FindOrAdd(Named("vm-1", "web")).ok());
  EXPECT_EQ(ParseState(Content())->vms.at("vm-1").vm.owner_uid, "uid-of-vm-1");
  ASSERT_TRUE(store.Remove("vm-1").ok());
  ASSERT_TRUE(store.Remove("vm-1").ok());
  EXPECT_EQ(heard_, (std::vector<std::string>{"web", "web"}));
}

TEST_F(VmStoreTest, ANameBelongsToOneVm) {
  VmStore store("", Remember());
  ASSERT_TRUE(store.FindOrAdd(Named("vm-1", "web")).ok());
  EXPECT_EQ(store.FindOrAdd(Named("vm-1", "other"))->vm.name, "web");
  EXPECT_EQ(store.FindOrAdd(Named("vm-2", "web")).error().kind, ErrorKind::kConflict);
  const auto renamed = store.Change("vm-1", [](VmRecord& record) {
    record.vm.name = "db";
    return Status();
  });
  ASSERT_TRUE(renamed.ok());
  EXPECT_TRUE(store.FindOrAdd(Named("vm-2", "web")).ok());
  EXPECT_EQ(store
                .Change("vm-2",
                        [](VmRecord& record) {
                          record.vm.name = "db";
                          return Status();
                        })
                .error()
                .kind,
            ErrorKind::kConflict);
  EXPECT_EQ(heard_, (std::vector<std::string>{"web", "db", "web"}));
}

TEST_F(VmStoreTest, ARefusedEditChangesNothing) {
  VmStore store("", Remember());
  ASSERT_TRUE(store.FindOrAdd(Named("vm-1", "web")).ok());
  const auto refused = store.Change("vm-1", [](VmRecord& record) {
    record.vm.cpus = 9;
    return Status(Error{ErrorKind::kConflict, "no", {}});
  });
  EXPECT_EQ(refused.error().message, "no");
  EXPECT_EQ(store.Find("vm-1")->vm.cpus, 0);
  EXPECT_EQ(store.Change("vm-9", nullptr).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(heard_.size(), 1U);
}

TEST_F(VmStoreTest, AcknowledgesNothingThatItCannotWrite) {
  VmStore store(file_, Remember());
  ASSERT_TRUE(store.Open({}).ok());
  std::filesystem::create_directories(file_.string() + ".part");  // in the way of the writer
  EXPECT_EQ(store.FindOrAdd(Named("vm-1", "web")).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(store.FindOrAdd(Named("vm-1", "web")).error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(heard_.empty());
  std::filesystem::remove(file_.string() + ".part");
  EXPECT_TRUE(store.FindOrAdd(Named("vm-1", "web")).ok());
  EXPECT_EQ(heard_.size(), 1U);
  EXPECT_TRUE(ParseState(Content())->vms.contains("vm-1"));
}

TEST_F(VmStoreTest, OneProcessAtATimeHasTheFile) {
  auto first = std::make_unique<VmStore>(file_, nullptr);
  ASSERT_TRUE(first->Open({}).ok());
  VmStore second(file_, nullptr);
  const auto refused = second.Open(Context().WithTimeout(std::chrono::milliseconds(60)));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(refused.error().message.find("MOCK_STATE_FILE"), std::string::npos);
  ASSERT_TRUE(first->FindOrAdd(Named("vm-1", "web")).ok());
  first.reset();
  VmStore third(file_, nullptr);
  EXPECT_TRUE(third.Open(Context().WithTimeout(std::chrono::seconds(10))).ok());
  EXPECT_TRUE(third.Find("vm-1").has_value());
}

TEST_F(VmStoreTest, SaysWhatToDoAboutAFileThatItCannotUnderstand) {
  std::filesystem::create_directories(file_.parent_path());
  for (const char* content : {"", "{", "[]", "{\"vms\":{}}", "{\"vms\":{\"a\":1}}"}) {
    std::ofstream(file_) << content;
    VmStore store(file_, nullptr);
    const auto opened = store.Open({});
    ASSERT_FALSE(opened.ok()) << content;
    EXPECT_EQ(opened.error().kind, ErrorKind::kInvalidSpec);
    EXPECT_NE(opened.error().message.find("remove the file"), std::string::npos);
  }
}

TEST_F(VmStoreTest, ManyThreadsLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  {
    VmStore store(file_, Remember());
    ASSERT_TRUE(store.Open({}).ok());
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&store, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string id = "vm-" + std::to_string(t) + "-" + std::to_string(i);
          ASSERT_TRUE(store.FindOrAdd(Named(id, id)).ok());
          if (i % 2 != 0) continue;
          ASSERT_TRUE(store.Remove(id).ok());
        }
      });
    }
  }
  const auto state = ParseState(Content());
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->vms.size(), size_t{kThreads * (kEach / 2)});
}

}  // namespace
}  // namespace vr::mock
