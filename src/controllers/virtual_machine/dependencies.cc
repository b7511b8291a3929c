#include "controllers/virtual_machine/dependencies.h"

namespace vr::controllers {
namespace {

// The object, or a line in `missing` if it is needed.
template <class T>
std::shared_ptr<const T> Get(const runtime::Store<T>& store, const kube::Key& key, bool needed,
                             const std::string& field, std::vector<std::string>& missing) {
  auto found = store.Get(key);
  if (!found && needed) {
    missing.push_back(kube::ResourceTraits<T>::Type().kind + " " + key.ToString() + " not found (" +
                      field + "): create it, or change the reference");
  }
  return found;
}

// The same for what is read in full: an object that is not valid is as good as none.
template <class T>
std::shared_ptr<const T> GetSound(const runtime::Store<T>& store, const kube::Key& key, bool needed,
                                  const std::string& field, std::vector<std::string>& missing) {
  auto found = Get(store, key, needed, field, missing);
  if (found && needed && !found->findings.empty()) {
    missing.push_back(kube::ResourceTraits<T>::Type().kind + " " + key.ToString() +
                      " is not valid (" + field + "): " + found->findings.front());
  }
  return found;
}

}  // namespace

VmDependencies LookUp(const DependencyStores& stores, const api::VirtualMachine& vm, Need need,
                      VmObserved& observed) {
  const std::string& ns = vm.meta.ns;
  std::vector<std::string>& no_provider = observed.missing_provider;
  std::vector<std::string>& missing = observed.missing_parts;
  no_provider.clear();
  missing.clear();
  const api::VirtualMachineSpec& spec = vm.spec;
  VmDependencies out;
  out.provider =
      Get(stores.providers, spec.provider_ref.Resolve(ns), true, "spec.providerRef", no_provider);
  out.vm_class = GetSound(stores.classes, spec.class_ref.Resolve(ns), need != Need::kProvider,
                          "spec.classRef", missing);
  const bool all = need == Need::kAll;
  if (all && out.provider && out.provider->meta.deleting())
    no_provider.push_back("Provider " + out.provider->meta.key().ToString() + " is being deleted");
  if (spec.image_ref)
    out.image = GetSound(stores.images, spec.image_ref->Resolve(ns), all, "spec.imageRef", missing);
  if (!out.vm_class) return out;  // it may have interfaces for this VM
  const auto& networks = EffectiveNetworks(spec, out.vm_class->spec);
  // A reference is relative to the object that has it.
  const std::string& home = spec.networks.empty() ? out.vm_class->meta.ns : ns;
  for (size_t i = 0; i < networks.size(); ++i) {
    const auto& ref = networks[i].network_ref;
    const std::string field = NetworkPath(spec, out.vm_class->meta.name, i) + ".networkRef";
    out.networks.push_back(ref ? GetSound(stores.networks, ref->Resolve(home), all, field, missing)
                               : nullptr);
  }
  return out;
}

}  // namespace vr::controllers
