#include "controllers/unserved/unserved_kinds.h"

#include <pthread.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "api/v1beta1/vm_clone.h"
#include "api/v1beta1/vm_migration.h"
#include "api/v1beta1/vm_placement_policy.h"
#include "api/v1beta1/vm_set.h"
#include "api/v1beta1/vm_snapshot.h"
#include "api/v1beta1/vm_template.h"
#include "controllers/unserved/unserved_reconciler.h"
#include "runtime/reflector.h"

namespace vr::controllers {

class UnservedKinds::Kind {
 public:
  virtual ~Kind() = default;
  virtual void Watch() = 0;
  virtual void Work() = 0;
  virtual void StopWork() = 0;
  virtual void Stop() = 0;
};

namespace {

template <class T>
class KindOf final : public UnservedKinds::Kind {
 public:
  KindOf(const UnservedKinds::Deps& deps, std::string ns)
      : deps_(deps),
        ns_(std::move(ns)),
        reconciler_({.client = deps.client,
                     .store = store_,
                     .clock = deps.clock,
                     .wrote =
                         [this](const kube::Key& key, const std::string& version) {
                           controller_.ExpectVersion(key, version);
                         }}),
        controller_({.name = kube::ResourceTraits<T>::Type().kind, .workers = 1},
                    {reconciler_, deps.metrics, deps.clock}) {
    store_.AddListener([this](const auto& before, const auto& after, runtime::Origin) {
      // Our own writes change no generation.
      if (after && (!before || before->meta.generation != after->meta.generation))
        controller_.queue().Add(after->meta.key(), runtime::Priority::kLow);
    });
    controller_.SetSeen([this](const kube::Key& key, uint64_t version) {
      const auto object = store_.Get(key);
      return !object || runtime::VersionNumber(object->meta.resource_version) >= version;
    });
  }
  ~KindOf() override { KindOf::Stop(); }

  void Watch() override {
    watch_ = std::jthread([this](const std::stop_token& stop) {
      pthread_setname_np(pthread_self(), "reflect-other");
      runtime::Reflector<T>(deps_.client, store_, ns_).Run(Context(stop, deps_.clock));
    });
  }
  void Work() override { controller_.Start(); }
  void StopWork() override { controller_.Stop(); }
  void Stop() override {
    StopWork();
    watch_ = {};
  }

 private:
  const UnservedKinds::Deps deps_;
  const std::string ns_;
  runtime::Store<T> store_;
  UnservedReconciler<T> reconciler_;
  runtime::Controller controller_;
  std::jthread watch_;  // last: it uses all above
};

}  // namespace

UnservedKinds::UnservedKinds(const Deps& deps, const std::string& ns) {
  kinds_.push_back(std::make_unique<KindOf<api::VmSnapshot>>(deps, ns));
  kinds_.push_back(std::make_unique<KindOf<api::VmClone>>(deps, ns));
  kinds_.push_back(std::make_unique<KindOf<api::VmSet>>(deps, ns));
  kinds_.push_back(std::make_unique<KindOf<api::VmPlacementPolicy>>(deps, ns));
  kinds_.push_back(std::make_unique<KindOf<api::VmMigration>>(deps, ns));
  kinds_.push_back(std::make_unique<KindOf<api::VmTemplate>>(deps, ns));
}

UnservedKinds::~UnservedKinds() = default;

void UnservedKinds::Watch() {
  for (const auto& kind : kinds_) kind->Watch();
}
void UnservedKinds::Work() {
  for (const auto& kind : kinds_) kind->Work();
}
void UnservedKinds::StopWork() {
  for (const auto& kind : kinds_) kind->StopWork();
}
void UnservedKinds::Stop() {
  for (const auto& kind : kinds_) kind->Stop();
}

}  // namespace vr::controllers
