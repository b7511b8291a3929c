// The schemas of Kubernetes' own kinds that are served here, and of what they are made of, as a
// table. Members that this server does not know (aggregation of roles, scopes of quotas) are left
// out.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace vr::controlplane {

// The type is string, boolean, int32, int64, bytes, time (a string), object (anything inside), or
// the name of another schema. In front of it: "{}" for a map, "[]" for a list that is replaced as a
// whole, "[set]" for one of values that merge, "[KEY]" for one whose items merge by a member. After
// it: "!" if the member is required.
struct CoreMember {
  const char* name;
  const char* type;
  const char* description;
};

struct CoreSchema {
  const char* description;
  std::vector<CoreMember> members;  // of a kind, besides apiVersion, kind and metadata
  const char* type = "object";      // of a schema without members
};

// By name, as "core.v1.ConfigMap" or "meta.v1.Time".
const std::map<std::string, CoreSchema>& CoreSchemas();

// "io.k8s.api.core.v1.ConfigMap".
std::string FullSchemaName(const std::string& name);

}  // namespace vr::controlplane
