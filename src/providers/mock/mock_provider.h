// MockProvider: a simulated hypervisor behind the SDK's interface.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "providers/mock/boot_timer.h"
#include "providers/mock/failure_plan.h"
#include "providers/mock/hardware.h"
#include "providers/mock/power.h"
#include "providers/mock/task_gate.h"
#include "providers/mock/vm_store.h"
#include "sdk/provider.h"
#include "sdk/task_runner.h"
#include "sdk/watch_hub.h"

namespace vr::mock {

struct MockOptions {
  std::string state_file;  // where VMs outlive the process; empty: they do not
  double delay_scale = 1;  // factor on all simulated delays, 0: none
  uint64_t seed = 1;       // of failures by chance and of slow calls
  FailureOptions failures = {};
  bool sample_vms = false;  // three VMs of nobody on a hypervisor that begins with nothing
};

// Thread-safe once Start has returned. Every change runs as a task and is in the state file before
// a call or a task that made it answers, so that a process killed anywhere loses nothing that it
// acknowledged; a VM that was half made then is completed by the next Create of its owner. The
// TaskRunner must be destroyed first.
class MockProvider final : public sdk::Provider {
 public:
  struct Deps {
    sdk::TaskRunner& tasks;
    sdk::WatchHub& hub;
    const Clock& clock;
  };
  MockProvider(MockOptions options, const Deps& deps);

  // Takes and reads the state file; waits for an earlier run that still has it.
  Status Start(const Context& ctx);

  Result<sdk::ValidateResult> Validate(const Context& ctx) override;
  Result<sdk::Capabilities> GetCapabilities(const Context& ctx) override;
  Result<sdk::CreateResult> Create(const Context& ctx, const sdk::CreateRequest& request) override;
  Result<sdk::TaskRef> Delete(const Context& ctx, const sdk::DeleteRequest& request) override;
  Result<sdk::TaskRef> Power(const Context& ctx, const sdk::PowerRequest& request) override;
  Result<sdk::DescribeResult> Describe(const Context& ctx, const std::string& id) override;
  Result<std::vector<sdk::VmState>> ListVms(const Context& ctx) override;
  Result<sdk::TaskRef> Reconfigure(const Context& ctx,
                                   const sdk::ReconfigureRequest& request) override;
  Result<sdk::ImagePrepareResult> ImagePrepare(const Context& ctx,
                                               const sdk::ImagePrepareRequest& request) override;
  Result<sdk::SnapshotCreateResult> SnapshotCreate(
      const Context& ctx, const sdk::SnapshotCreateRequest& request) override;
  Result<sdk::TaskRef> SnapshotDelete(const Context& ctx,
                                      const sdk::SnapshotRequest& request) override;
  Result<sdk::TaskRef> SnapshotRevert(const Context& ctx,
                                      const sdk::SnapshotRequest& request) override;
  Result<sdk::CreateResult> Clone(const Context& ctx, const sdk::CloneRequest& request) override;

  // The hypervisor behind our back, and what is to go wrong: for tests and demonstrations.
  VmStore& vms() { return vms_; }
  FailurePlan& failures() { return failures_; }
  TaskGate& gate() { return gate_; }
  // Applies the operation at once, as somebody at the hypervisor's own console would.
  Status SwitchPower(const std::string& id, sdk::PowerOp op);

 private:
  struct Job {
    Operation operation;
    std::string vm_id;  // empty: of no VM
    std::string what;   // "creating VM web"
    std::function<Status()> finish;
    std::function<void(const Error& error)> undo = {};
    std::string idempotency_key = {};
    std::optional<Duration> at_most = {};  // of the delay
    std::string result = {};               // the object that it makes, if that is no VM
  };

  // What every call begins with: the simulated slowness and failure.
  Status Enter(const Context& ctx, Operation operation);
  Result<sdk::TaskRef> StartTask(Job job);
  Status RunJob(const Context& ctx, const Job& job, sdk::TaskProgress& progress);
  Duration Scaled(Duration delay) const;

  Result<VmRecord> FindUsable(const std::string& id) const;
  Result<sdk::CreateResult> Make(Operation operation, const VmRecord& wanted);
  Status AddSamples();
  void OnChange(const VmRecord& record, Presence presence);
  void OnUp(const std::string& id, int64_t boot);

  const MockOptions options_;
  const Deps deps_;
  const Boot boot_;
  FailurePlan failures_;
  TaskGate gate_;
  VmStore vms_;
  const NumberSource number_;
  BootTimer boots_;  // last: its thread uses all above
};

}  // namespace vr::mock
