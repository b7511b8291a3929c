#include "cli/local/plan_advice.h"

#include <nlohmann/json.hpp>

#include "controllers/triggers.h"
#include "controllers/webhook/change_advisor.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;
using Source = controlplane::ObjectSource;

template <class T>
void Put(const Json& json, runtime::Store<T>& store) {
  if (json.is_null()) return;
  auto object = kube::ResourceTraits<T>::Decode(json);
  if (object) store.Put(*std::move(object), runtime::Origin::kInitialList);
}

// What the advisor looks at for one VM.
void LoadFor(const Source& source, const Json& json, controllers::Stores& stores) {
  const auto vm = kube::ResourceTraits<api::VirtualMachine>::Decode(json);
  if (!vm) return;
  Put(source.Get("VMClass", vm->spec.class_ref.Resolve(vm->meta.ns)), stores.classes);
  Put(source.Get("Provider", vm->spec.provider_ref.Resolve(vm->meta.ns)), stores.providers);
}

}  // namespace

controlplane::ChangeAdvice MakePlanAdvice() {
  return [](const Source& source, const std::string& kind, const Json& before, const Json& after) {
    controllers::Stores stores;
    controllers::AddIndexes(stores.vms);
    if (kind == "VirtualMachine") {
      LoadFor(source, before, stores);
      LoadFor(source, after, stores);
    } else if (kind == "VMClass") {
      // VMs may refer to a class of another namespace.
      for (const Json& vm : source.List("VirtualMachine", "")) {
        LoadFor(source, vm, stores);
        Put(vm, stores.vms);
      }
    }
    return controllers::MakeChangeAdvisor(stores)(kind, before, after);
  };
}

}  // namespace vr::cli
