#include "api/without_effect.h"

#include <nlohmann/json.hpp>
#include <sstream>

namespace vr::api {
namespace {

using Json = nlohmann::json;
using Paths = std::vector<std::string>;

// The value at a dotted path below "spec."; null where there is none.
const Json& At(const Json& spec, const std::string& path) {
  static const Json none;
  const Json* value = &spec;
  std::istringstream parts(path);
  for (std::string part; std::getline(parts, part, '.');) {
    const auto it = value->is_object() ? value->find(part) : value->end();
    if (!value->is_object() || it == value->end()) return none;
    value = &*it;
  }
  return *value;
}

// Those of the paths that are set.
Paths SetAmong(const Json& spec, std::initializer_list<const char*> paths) {
  Paths out;
  for (const char* path : paths) {
    if (!At(spec, path).is_null()) out.push_back(std::string("spec.") + path);
  }
  return out;
}

}  // namespace

Paths VmFieldsWithoutEffect(const Json& spec) {
  return SetAmong(spec, {"placementRef", "availability", "cloneType", "snapshot.revertToRef",
                         "lifecycle.preStop", "lifecycle.postStart", "resources.gpu"});
}

Paths ImageFieldsWithoutEffect(const Json& spec) {
  return SetAmong(spec, {"prepare", "source.http.authentication"});
}

Paths ProviderFieldsWithoutEffect(const Json& spec) {
  Paths out = SetAmong(
      spec, {"connectionPooling", "healthCheck", "runtime.image", "runtime.imagePullSecrets",
             "runtime.resources", "runtime.nodeSelector", "runtime.tolerations", "runtime.affinity",
             "runtime.securityContext", "runtime.livenessProbe", "runtime.readinessProbe"});
  const Json& replicas = At(spec, "runtime.replicas");
  if (replicas.is_number_integer() && replicas != 1) out.emplace_back("spec.runtime.replicas");
  if (At(spec, "insecureSkipVerify") == true) out.emplace_back("spec.insecureSkipVerify");
  return out;
}

}  // namespace vr::api
