// Against libvirt's own test driver, which lives in this process.
#include "providers/libvirt/connection.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <vector>

#include "providers/libvirt/inventory.h"
#include "providers/libvirt/storage.h"
#include "testing/eventually.h"

namespace vr::libvirt {
namespace {

class TestDriver : public ::testing::Test {
 protected:
  void Connect(const std::string& uri) {
    connection_ = std::make_unique<Connection>(loop_, ConnectionOptions{.uri = uri}, SystemClock());
    connection_->Start([](virConnectPtr) { return Status(); }, [](const Error&) {});
  }
  const Context ctx_ = Context().WithTimeout(std::chrono::seconds(20));
  EventLoop loop_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(TestDriver, AnswersCallsOnceConnected) {
  Connect("test:///default");
  const auto name = connection_->Call(ctx_, [](virConnectPtr c) -> Result<std::string> {
    return std::string(virConnectGetType(c));
  });
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(*name, "TEST");
}

TEST_F(TestDriver, GivesEveryCallAConnectionOfItsOwn) {
  Connect("test:///default");
  std::mutex mutex;
  std::set<virConnectPtr> used;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::vector<std::future<Status>> calls;
  for (int i = 0; i < 8; ++i) {
    calls.push_back(std::async(std::launch::async, [&] {
      return connection_->Call(ctx_, [&](virConnectPtr connect) {
        {
          const std::lock_guard lock(mutex);
          used.insert(connect);
        }
        released.wait();
        return Status();
      });
    }));
  }
  EXPECT_TRUE(testing::Eventually([&] {
    const std::lock_guard lock(mutex);
    return used.size() == 5;
  }));
  release.set_value();
  for (auto& call : calls) EXPECT_TRUE(call.get());
  EXPECT_EQ(used.size(), 5u) << "calls that waited had those of the others";
}

TEST_F(TestDriver, AnswersOtherCallsWhileBulkCallsTakeTheirTime) {
  Connect("test:///default");
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> running = 0;
  std::vector<std::future<Status>> copies;
  for (int i = 0; i < 5; ++i) {
    copies.push_back(std::async(std::launch::async, [&] {
      return connection_->CallBulk(ctx_, [&](virConnectPtr) {
        ++running;
        released.wait();
        return Status();
      });
    }));
  }
  ASSERT_TRUE(testing::Eventually([&] { return running == 2; }));
  Storage storage(*connection_);
  EXPECT_TRUE(storage.EnsurePool(ctx_, "default-pool", ""));
  EXPECT_TRUE(storage.Delete(ctx_, {"default-pool", "none"}));
  const Status refreshed =
      storage.Refresh(ctx_.WithTimeout(std::chrono::milliseconds(1)), "default-pool");
  EXPECT_EQ(refreshed.error().kind, ErrorKind::kTimeout) << "bulk, too";
  EXPECT_EQ(running, 2);
  release.set_value();
  for (auto& copy : copies) EXPECT_TRUE(copy.get());
}

TEST_F(TestDriver, KeepsAVolumeThatAnotherOneIsBuiltOn) {
  Connect("test:///default");
  Storage storage(*connection_);
  const VolumeRef base{"default-pool", "base"};
  VolumeSpec spec{.ref = base, .format = "raw", .capacity_bytes = 1 << 20};
  ASSERT_TRUE(storage.Create(ctx_, spec));
  spec.ref.name = "top";
  spec.backing_path = (*storage.Find(ctx_, base))->path;
  spec.backing_format = "raw";
  ASSERT_TRUE(storage.Create(ctx_, spec));
  EXPECT_EQ(storage.Delete(ctx_, base).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(storage.Delete(ctx_, spec.ref));
  EXPECT_TRUE(storage.Delete(ctx_, base));
}

TEST_F(TestDriver, SaysUnavailableWhenNobodyAnswers) {
  Connect("qemu+unix:///system?socket=/nonexistent/libvirt-sock");
  const Status called = connection_->Call(ctx_, [](virConnectPtr) { return Status(); });
  ASSERT_FALSE(called);
  EXPECT_EQ(called.error().kind, ErrorKind::kUnavailable) << called.error().message;
}

TEST_F(TestDriver, LeavesTheProcessAliveWhenAWriteToAKilledDaemonFails) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);  // as libvirt writes to its socket
  EXPECT_EQ(errno, EPIPE);
  close(ends[1]);
}

TEST_F(TestDriver, TellsAMissingDomainFromAFailedCall) {
  Connect("test:///default");
  ViewCache views;
  AddressBook addresses;
  Inventory inventory(*connection_, views, addresses);
  for (const std::string id : {"451c2e25-9ca6-841c-af7a-cf14aa942f9e", "not-a-uuid"}) {
    const auto view = inventory.View(ctx_, id);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_FALSE(view->has_value());
  }
  connection_->Stop();
  const auto stopped = inventory.View(ctx_, "451c2e25-9ca6-841c-af7a-cf14aa942f9e");
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::kUnavailable);
}

TEST_F(TestDriver, ListsDomainsInOneCall) {
  Connect("test:///default");
  ViewCache views;
  AddressBook addresses;
  Inventory inventory(*connection_, views, addresses);
  const auto all = inventory.List(ctx_);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(all->front().state.name, "test");
  EXPECT_EQ(all->front().state.power, sdk::PowerState::kOn);
  EXPECT_EQ(all->front().state.owner_uid, "");
}

TEST_F(TestDriver, MakesFindsAndDeletesVolumes) {
  Connect("test:///default");
  Storage storage(*connection_);
  ASSERT_TRUE(storage.EnsurePool(ctx_, "default-pool", ""));
  const VolumeRef ref{"default-pool", "a.qcow2"};
  EXPECT_FALSE(storage.Find(ctx_, ref)->has_value());
  ASSERT_TRUE(storage.Create(ctx_, {.ref = ref,
                                    .format = "qcow2",
                                    .capacity_bytes = 1 << 20,
                                    .backing_path = "",
                                    .backing_format = ""}));
  const auto found = storage.Find(ctx_, ref);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->capacity_bytes, 1 << 20);
  EXPECT_TRUE(storage.Delete(ctx_, ref));
  EXPECT_FALSE(storage.Find(ctx_, ref)->has_value());
  EXPECT_TRUE(storage.Delete(ctx_, ref)) << "deleting what is gone succeeds";
}

TEST_F(TestDriver, RefusesAPoolThatTheUserNamedButDoesNotExist) {
  Connect("test:///default");
  Storage storage(*connection_);
  const auto pool = storage.EnsurePool(ctx_, "missing", "");
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace vr::libvirt
