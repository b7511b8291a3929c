// UnservedReconciler<T>: tells an object's owner that nothing acts on its kind.
#pragma once

#include <string>
#include <utility>

#include "api/constants.h"
#include "controllers/writes.h"
#include "kube/client.h"
#include "kube/typed_client.h"
#include "runtime/controller.h"
#include "runtime/store.h"

namespace vr::controllers {

// Thread-safe.
template <class T>
class UnservedReconciler final : public runtime::Reconciler {
 public:
  // All outlive the reconciler.
  struct Deps {
    const kube::Client& client;
    const runtime::Store<T>& store;
    const Clock& clock;
    WroteFunction wrote;
  };
  explicit UnservedReconciler(Deps deps) : deps_(std::move(deps)) {}

  Result<runtime::Outcome> Reconcile(const Context& ctx, const kube::Key& key) override {
    const auto object = deps_.store.Get(key);
    if (!object || object->meta.deleting()) return runtime::Done();
    T after = *object;
    const std::string& kind = kube::ResourceTraits<T>::Type().kind;
    kube::SetCondition(after.status.conditions,
                       {.type = api::kReady,
                        .status = "False",
                        .reason = api::kReasonNotImplemented,
                        .message = "this release keeps " + kind +
                                   " objects and does nothing "
                                   "with them",
                        .observed_generation = object->meta.generation},
                       deps_.clock.WallNow());
    after.status.observed_generation = object->meta.generation;
    const Result<std::string> version =
        kube::TypedClient<T>(deps_.client).PatchStatus(ctx, *object, after);
    if (!version && version.error().kind == ErrorKind::kStale)
      return LookAgain(deps_.wrote, object->meta);
    if (!version) return version.error();
    deps_.wrote(key, *version);
    return runtime::Done();
  }

 private:
  const Deps deps_;
};

}  // namespace vr::controllers
