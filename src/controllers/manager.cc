#include "controllers/manager.h"

#include <pthread.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "controllers/provider/local_runtime.h"
#include "controllers/provider/reconciler.h"
#include "controllers/traced_reconciler.h"
#include "controllers/triggers.h"
#include "controllers/unserved/unserved_kinds.h"
#include "controllers/virtual_machine/reconciler.h"
#include "controllers/workers.h"
#include "rpc/resilient_client.h"
#include "rpc/traced_client.h"
#include "runtime/reflector.h"

namespace vr::controllers {
namespace {

using runtime::Priority;

template <class T>
runtime::Controller::SeenFunction SeenIn(const runtime::Store<T>& store) {
  return [&store](const kube::Key& key, uint64_t version) {
    const auto object = store.Get(key);
    return !object || runtime::VersionNumber(object->meta.resource_version) >= version;
  };
}

}  // namespace

struct Manager::Impl {
  Impl(ManagerOptions o, const Deps& d)
      : options(std::move(o)),
        deps(d),
        runtime(
            {.program_dir = options.program_dir,
             .state_dir = options.state_dir,
             .environment = options.child_environment,
             .on_change = [this](const kube::Key& key) { provider_controller.queue().Add(key); }},
            d.clock),
        pool([this](const kube::Key& key,
                    const ProviderTarget& target) { return MakeClient(key, target); },
             {.on_change = [this](const kube::Key& key) { ProviderChanged(key); },
              .on_vm =
                  [this](const kube::Key&, const std::string& uid) {
                    QueueVms(stores.vms, kByUid, uid, Priority::kHigh, vm_controller.queue());
                  },
              .on_task_done =
                  [this](const kube::Key&, const std::string& task) {
                    QueueVms(stores.vms, kByTask, task, Priority::kHigh, vm_controller.queue());
                  }},
             d.clock),
        vm_reconciler({.client = d.client,
                       .vms = stores.vms,
                       .stores = {stores.providers, stores.classes, stores.images, stores.networks},
                       .pool = pool,
                       .events = d.events,
                       .metrics = d.metrics,
                       .clock = d.clock,
                       .attempts = attempts,
                       .wrote =
                           [this](const kube::Key& key, const std::string& version) {
                             vm_controller.ExpectVersion(key, version);
                           },
                       .max_inflight_tasks = options.resilience.max_inflight_tasks}),
        provider_reconciler({.client = d.client,
                             .providers = stores.providers,
                             .vms = stores.vms,
                             .runtime = runtime,
                             .pool = pool,
                             .events = d.events,
                             .clock = d.clock,
                             .wrote =
                                 [this](const kube::Key& key, const std::string& version) {
                                   provider_controller.ExpectVersion(key, version);
                                 }}),
        traced_vms(vm_reconciler, "vm", d.tracer),
        traced_providers(provider_reconciler, "provider", d.tracer),
        vm_controller(VmWorkers(options.vm_workers), {traced_vms, d.metrics, d.clock}),
        provider_controller({.name = "Provider", .workers = options.provider_workers},
                            {traced_providers, d.metrics, d.clock}),
        unserved({d.client, d.metrics, d.clock}, options.ns) {
    vm_controller.SetSeen(SeenIn(stores.vms));
    provider_controller.SetSeen(SeenIn(stores.providers));
    ConnectTriggers(stores, vm_controller.queue(), provider_controller.queue());
  }

  std::unique_ptr<rpc::ProviderClient> MakeClient(const kube::Key& key,
                                                  const ProviderTarget& target) const {
    rpc::ResilientOptions resilient{.provider_type = target.type,
                                    .provider = key.ToString(),
                                    .config = options.resilience,
                                    .slots = CallSlots(options.vm_workers)};
    resilience::RateLimitOptions& limit = resilient.config.rate_limit;
    if (target.rate_limit_qps) limit.qps = static_cast<double>(*target.rate_limit_qps);
    if (target.rate_limit_burst) limit.burst = static_cast<int>(*target.rate_limit_burst);
    return rpc::MakeTracedClient(
        rpc::MakeResilientClient(
            rpc::MakeGrpcProviderClient({.target = target.address, .tls = target.tls}),
            std::move(resilient), deps.metrics, deps.clock),
        {.provider_type = target.type, .provider = key.ToString()}, deps.tracer);
  }

  void ProviderChanged(const kube::Key& key) {
    provider_controller.queue().Add(key);
    QueueVms(stores.vms, kByProvider, key.ToString(), Priority::kLow, vm_controller.queue());
  }

  template <class T>
  void Follow(runtime::Store<T>& store, const char* thread_name) {
    reflectors.emplace_back([this, &store, thread_name](const std::stop_token& stop) {
      pthread_setname_np(pthread_self(), thread_name);
      runtime::Reflector<T>(deps.client, store, options.ns).Run(Context(stop, deps.clock));
    });
  }

  bool Synced() const {
    return stores.vms.HasSynced() && stores.providers.HasSynced() && stores.classes.HasSynced() &&
           stores.images.HasSynced() && stores.networks.HasSynced();
  }

  const ManagerOptions options;
  const Deps deps;
  Stores stores;
  LocalProcessRuntime runtime;
  ProviderPool pool;
  Attempts attempts{deps.clock};
  VirtualMachineReconciler vm_reconciler;
  ProviderReconciler provider_reconciler;
  TracedReconciler traced_vms;
  TracedReconciler traced_providers;
  runtime::Controller vm_controller;
  runtime::Controller provider_controller;
  UnservedKinds unserved;
  std::mutex mutex;      // held by Work and StopWork: an election may end while we stop
  bool stopped = false;  // guarded by it
  std::vector<std::jthread> reflectors;  // last: they use all above
};

Manager::Manager(ManagerOptions options, const Deps& deps)
    : impl_(std::make_unique<Impl>(std::move(options), deps)) {}
Manager::~Manager() { Stop(); }

Status Manager::Start(const Context& ctx) {
  impl_->Follow(impl_->stores.providers, "reflect-prov");
  impl_->Follow(impl_->stores.classes, "reflect-class");
  impl_->Follow(impl_->stores.images, "reflect-image");
  impl_->Follow(impl_->stores.networks, "reflect-net");
  impl_->Follow(impl_->stores.vms, "reflect-vm");
  impl_->unserved.Watch();  // nobody waits for their first lists
  constexpr auto kLook = std::chrono::milliseconds(10);
  while (!impl_->Synced()) VR_RETURN_IF_ERROR(ctx.Sleep(kLook));
  return {};
}

void Manager::Work() {
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->stopped) return;
  impl_->provider_controller.Start();
  impl_->vm_controller.Start();
  impl_->unserved.Work();
}

const Stores& Manager::stores() const { return impl_->stores; }

bool Manager::Synced() const { return impl_->Synced(); }

void Manager::StopWork() {
  const std::scoped_lock lock(impl_->mutex);
  impl_->stopped = true;
  impl_->unserved.StopWork();
  impl_->vm_controller.Stop();
  impl_->provider_controller.Stop();
  impl_->pool.Clear();
  impl_->runtime.Clear();
}

void Manager::Stop() {
  StopWork();
  impl_->unserved.Stop();
  impl_->reflectors.clear();
}

}  // namespace vr::controllers
