#include "controllers/webhook/change_advisor.h"

#include <map>
#include <nlohmann/json.hpp>

#include "controllers/virtual_machine/change_plan.h"

namespace vr::controllers {
namespace {

using Json = nlohmann::json;
using Advice = std::vector<std::string>;

template <class T>
Result<T> Decoded(const Json& json) {
  return kube::ResourceTraits<T>::Decode(json);
}

Advice ForVm(const Stores& stores, const Json& before_json, const Json& after_json) {
  const auto before = Decoded<api::VirtualMachine>(before_json);
  const auto after = Decoded<api::VirtualMachine>(after_json);
  if (!before || !after) return {};
  const std::string& ns = after->meta.ns;
  const auto old_class = stores.classes.Get(before->spec.class_ref.Resolve(ns));
  const auto new_class = stores.classes.Get(after->spec.class_ref.Resolve(ns));
  const auto provider = stores.providers.Get(after->spec.provider_ref.Resolve(ns));
  if (!old_class || !new_class) return {};
  Advice out;
  for (const VmChange& change :
       PlanChange({before->spec, old_class->spec}, {after->spec, new_class->spec},
                  FactsOf(before->status, provider.get())))
    out.push_back(ToString(change));
  return out;
}

// "default/a, default/b and 3 more"
std::string Names(const std::vector<std::string>& names) {
  constexpr size_t kMost = 3;
  std::string out;
  for (size_t i = 0; i < names.size() && i < kMost; ++i) out += (i == 0 ? "" : ", ") + names[i];
  return names.size() <= kMost ? out
                               : out + " and " + std::to_string(names.size() - kMost) + " more";
}

Advice ForClass(const Stores& stores, const Json& before_json, const Json& after_json) {
  const auto before = Decoded<api::VmClass>(before_json);
  const auto after = Decoded<api::VmClass>(after_json);
  if (!before || !after) return {};
  std::map<VmChange, std::vector<std::string>> vms;
  for (const kube::Key& key : stores.vms.ByIndex(kByClass, after->meta.key().ToString())) {
    const auto vm = stores.vms.Get(key);
    if (!vm) continue;
    const auto provider = stores.providers.Get(vm->spec.provider_ref.Resolve(vm->meta.ns));
    for (VmChange& change : PlanChange({vm->spec, before->spec}, {vm->spec, after->spec},
                                       FactsOf(vm->status, provider.get())))
      vms[std::move(change)].push_back(key.ToString());
  }
  constexpr size_t kMost = 20;
  Advice out;
  for (const auto& [change, names] : vms) {
    if (out.size() == kMost) {
      out.push_back("and " + std::to_string(vms.size() - kMost) + " more changes of existing VMs");
      break;
    }
    out.push_back("VirtualMachine " + Names(names) + ": " + ToString(change));
  }
  return out;
}

}  // namespace

ChangeAdvisor MakeChangeAdvisor(const Stores& stores) {
  return [&stores](const std::string& kind, const Json& before, const Json& after) {
    if (kind == "VirtualMachine") return ForVm(stores, before, after);
    if (kind == "VMClass") return ForClass(stores, before, after);
    return Advice();
  };
}

}  // namespace vr::controllers
