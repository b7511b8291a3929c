// What the tests of this room share: a MockProvider with its surroundings.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "providers/mock/mock_provider.h"

namespace vr::mock {

class ProviderFixture : public ::testing::Test {
 protected:
  // Ends the running provider like a kill would and begins anew; memory-only VMs are lost.
  void Begin(const MockOptions& options, const Clock& clock = SystemClock()) {
    End();
    hub_ = std::make_unique<sdk::WatchHub>();
    tasks_ = std::make_unique<sdk::TaskRunner>(sdk::TaskRunner::Options{}, clock);
    tasks_->OnChange([this](const std::string& id, const sdk::TaskState& state) {
      const std::lock_guard lock(mutex_);
      if (state.done) done_[id] = state;
      changed_.notify_all();
    });
    provider_ = std::make_unique<MockProvider>(options, MockProvider::Deps{*tasks_, *hub_, clock});
    const Status started = provider_->Start(Soon());
    ASSERT_TRUE(started.ok()) << started.error().message;
  }
  void End() {
    tasks_.reset();
    provider_.reset();
    hub_.reset();
  }
  void TearDown() override { End(); }

  static Context Soon() { return Context().WithTimeout(std::chrono::seconds(10)); }

  // The end of a task, within ten seconds.
  sdk::TaskState Finish(const sdk::TaskRef& task) {
    if (task.empty()) return {.done = true};
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        changed_.wait_for(lock, std::chrono::seconds(10), [&] { return done_.contains(task.id); }));
    return done_[task.id];
  }
  sdk::TaskState Finish(const Result<sdk::TaskRef>& task) {
    EXPECT_TRUE(task.ok()) << (task.ok() ? "" : task.error().message);
    return task ? Finish(*task) : sdk::TaskState{};
  }

  static sdk::VmSpec Spec(const std::string& name) {
    sdk::VmSpec spec;
    spec.name = name;
    spec.owner_uid = "uid-" + name;
    spec.owner_key = "default/" + name;
    spec.vm_class.cpus = 2;
    spec.vm_class.memory_mib = 1024;
    spec.vm_class.root_disk_gib = 10;
    spec.image.name = "debian";
    return spec;
  }
  // A VM that is there and off.
  std::string Make(const sdk::VmSpec& spec) {
    const auto created = provider_->Create(Soon(), {spec, ""});
    EXPECT_TRUE(created.ok()) << (created.ok() ? "" : created.error().message);
    if (!created) return "";
    EXPECT_FALSE(Finish(created->task).error.has_value());
    return created->id;
  }
  sdk::TaskState Power(const std::string& id, sdk::PowerOp op) {
    return Finish(provider_->Power(Soon(), {.id = id, .op = op}));
  }
  sdk::VmState Vm(const std::string& id) { return provider_->Describe(Soon(), id)->vm; }
  bool Exists(const std::string& id) { return provider_->Describe(Soon(), id)->exists; }

  std::mutex mutex_;  // guards done_
  std::condition_variable changed_;
  std::map<std::string, sdk::TaskState> done_;
  std::unique_ptr<sdk::WatchHub> hub_;
  std::unique_ptr<sdk::TaskRunner> tasks_;
  std::unique_ptr<MockProvider> provider_;
};

}  // namespace vr::mock
