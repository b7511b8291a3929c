// The schemas of OpenAPI documents: of our kinds from their tables, of Kubernetes' own from
// openapi_core.h.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "controlplane/resource.h"

namespace vr::controlplane {

enum class OpenApiVersion { kV2, kV3 };

// "io.virtrigaud.infra.v1beta1.VirtualMachine": groups are named backwards.
std::string SchemaName(const Resource& resource);

// {"$ref": ...} to a schema in a document of this version.
nlohmann::json SchemaReference(OpenApiVersion version, const std::string& name);

// By name: the resources, their lists, and all that these refer to. Those of v2 say what v2 can
// say, as Kubernetes reduces the schemas of CustomResourceDefinitions: no defaults, no
// alternatives, and nothing below a place that takes unknown fields.
nlohmann::json Schemas(OpenApiVersion version, const std::vector<const Resource*>& resources);

}  // namespace vr::controlplane
