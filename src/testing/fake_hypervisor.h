// FakeHypervisor: a whole simulated hypervisor for tests of what stands above providers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "providers/mock/mock_provider.h"
#include "sdk/task_runner.h"
#include "sdk/watch_hub.h"
#include "testing/in_process_provider.h"

namespace vr::testing {

// Thread-safe. Without delays unless asked for: a task ends a moment after it was started, on a
// thread of its own; WaitForTasks() waits for it. Guests boot at once.
//
//   FakeHypervisor hypervisor;
//   hypervisor.FailNext(mock::Operation::kCreate, {ErrorKind::kQuotaExceeded, "full", {}});
//   ... code under test uses hypervisor.client() ...
//   EXPECT_EQ(hypervisor.CountVms("uid-web"), 1);
class FakeHypervisor {
 public:
  struct Options {
    double delay_scale = 0;  // 1: the mock provider's real delays, on the clock
    std::string state_file = {};
  };
  explicit FakeHypervisor(const Options& options, const Clock& clock = SystemClock());
  FakeHypervisor() : FakeHypervisor(Options{}) {}
  ~FakeHypervisor();
  FakeHypervisor(const FakeHypervisor&) = delete;
  FakeHypervisor& operator=(const FakeHypervisor&) = delete;

  InProcessProvider& client() { return *client_; }
  mock::MockProvider& provider() { return *provider_; }
  sdk::TaskRunner& tasks() { return *tasks_; }
  sdk::WatchHub& hub() { return hub_; }

  // The next calls answer this; the next tasks are accepted and end with this.
  void FailNext(mock::Operation operation, const Error& error, size_t times = 1);
  void FailNextTask(mock::Operation operation, const Error& error, size_t times = 1);
  void StopFailing();
  // Tasks that are started, or have just been, do not go on until they are released.
  void HoldTasks();
  void ReleaseTasks();
  // Releases them and waits; false after ten real seconds.
  [[nodiscard]] bool FinishTasks();
  [[nodiscard]] bool WaitForTasks() { return client_->WaitForTasks(); }
  // What the Watch stream tells of the connection to the hypervisor.
  void SetHealthy(bool healthy, const std::string& message = "");

  // As somebody else at the hypervisor would; false if there is no such VM.
  bool DeleteBehindOurBack(const std::string& id);
  bool PowerBehindOurBack(const std::string& id, sdk::PowerOp op);
  bool ResizeBehindOurBack(const std::string& id, int32_t cpus, int64_t memory_mib);
  // A VM that nobody declared, switched off. Returns its id.
  std::string AddForeignVm(const std::string& name);

  // What is really there, VMs in the making included.
  std::vector<sdk::VmState> Vms() const;
  std::optional<sdk::VmState> VmOf(const std::string& owner_uid) const;
  int CountVms(const std::string& owner_uid) const;

 private:
  sdk::WatchHub hub_;
  std::unique_ptr<sdk::TaskRunner> tasks_;
  std::unique_ptr<mock::MockProvider> provider_;
  std::unique_ptr<InProcessProvider> client_;
};

}  // namespace vr::testing
