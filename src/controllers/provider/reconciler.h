// ProviderReconciler: runs the programs of Providers, keeps sessions to them, and reports.
#pragma once

#include <functional>
#include <string>

#include "api/v1beta1.h"
#include "controllers/provider/pool.h"
#include "controllers/provider/runtime.h"
#include "controllers/writes.h"
#include "kube/client.h"
#include "kube/events.h"
#include "runtime/controller.h"
#include "runtime/store.h"

namespace vr::controllers {

// Index of the VirtualMachine store: "namespace/name" of the Provider.
inline constexpr const char* kByProvider = "provider";

class ProviderReconciler final : public runtime::Reconciler {
 public:
  // All outlive the reconciler.
  struct Deps {
    const kube::Client& client;
    const runtime::Store<api::Provider>& providers;
    const runtime::Store<api::VirtualMachine>& vms;
    ProviderRuntime& runtime;
    ProviderPool& pool;
    kube::EventRecorder& events;
    const Clock& clock;
    WroteFunction wrote;
  };

  explicit ProviderReconciler(Deps deps) : deps_(std::move(deps)) {}

  Result<runtime::Outcome> Reconcile(const Context& ctx, const kube::Key& key) override;

 private:
  struct Reached {
    RuntimeStatus runtime;
    kube::Condition tls;
    std::shared_ptr<ProviderSession> session;  // null where there is nothing to talk to
    Status problem;                            // what the user has to mend
  };

  Result<runtime::Outcome> Finalize(const Context& ctx, const api::Provider& provider);
  Result<runtime::Outcome> Lost(const Error& error, const kube::ObjectMeta& read) const;
  Reached Reach(const Context& ctx, const api::Provider& provider);
  Reached ReachInvalid(const api::Provider& provider) const;
  Reached ReachLocal(const Context& ctx, const api::Provider& provider);
  Reached ReachExternal(const Context& ctx, const api::Provider& provider);
  void Report(const api::Provider& provider, const Reached& reached, api::Provider& after) const;
  void RecordHealth(const api::Provider& before, const api::Provider& after);

  const Deps deps_;
};

}  // namespace vr::controllers
