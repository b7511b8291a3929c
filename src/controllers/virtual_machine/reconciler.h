// VirtualMachineReconciler: observe, plan, one action, report.
#pragma once

#include <string>

#include "controllers/provider/pool.h"
#include "controllers/virtual_machine/attempts.h"
#include "controllers/virtual_machine/dependencies.h"
#include "controllers/virtual_machine/pass.h"
#include "controllers/writes.h"
#include "kube/client.h"
#include "kube/events.h"
#include "obs/metrics.h"
#include "runtime/controller.h"

namespace vr::controllers {

// Indexes of the VirtualMachine store.
inline constexpr const char* kByTask = "task";          // id of a provider's task
inline constexpr const char* kByBusyProvider = "busy";  // its Provider, of VMs with a task

class VirtualMachineReconciler final : public runtime::Reconciler {
 public:
  // All outlive the reconciler.
  struct Deps {
    const kube::Client& client;
    const runtime::Store<api::VirtualMachine>& vms;
    DependencyStores stores;
    const ProviderPool& pool;
    kube::EventRecorder& events;
    obs::Registry& metrics;
    const Clock& clock;
    Attempts& attempts;
    WroteFunction wrote;
    int max_inflight_tasks = 100;  // of one provider
  };

  explicit VirtualMachineReconciler(Deps deps) : deps_(std::move(deps)) {}

  Result<runtime::Outcome> Reconcile(const Context& ctx, const kube::Key& key) override;

 private:
  Result<runtime::Outcome> Act(const Context& ctx, VmPass& pass);
  Result<runtime::Outcome> Create(const Context& ctx, VmPass& pass);
  Result<runtime::Outcome> Power(const Context& ctx, VmPass& pass);
  Result<runtime::Outcome> Reconfigure(const Context& ctx, VmPass& pass);
  Result<runtime::Outcome> Delete(const Context& ctx, VmPass& pass);
  Result<runtime::Outcome> ChangeFinalizer(const Context& ctx, VmPass& pass);
  Status Write(const Context& ctx, VmPass& pass);
  bool HasTooManyTasks(const VmPass& pass) const;

  void Announce(const VmPass& pass);
  void AnnounceChanges(const VmPass& pass, const Status& outcome);
  void Measure(const VmPass& pass, const Status& observed) const;
  void Count(const VmPass& pass, const char* operation, const Status& status,
             TimePoint started) const;

  const Deps deps_;
};

}  // namespace vr::controllers
