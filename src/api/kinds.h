// The kinds that we serve, and all that is known of them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/field_tree.h"
#include "kube/object.h"

namespace vr::api {

inline constexpr const char* kGroup = "infra.virtrigaud.io";
inline constexpr const char* kVersion = "v1beta1";

struct PrinterColumn {
  std::string name;
  std::string type;  // string, integer, boolean, date
  std::string json_path;
  int priority = 0;  // above 0: only with -o wide
  std::string description;
};

// The fields behind the scale subresource, as in a CRD: ".spec.replicas".
struct ScalePaths {
  std::string spec_replicas;
  std::string status_replicas;
  std::string label_selector;
};

struct KindInfo {
  kube::ResourceType type;
  std::string singular;
  std::vector<std::string> short_names;
  std::vector<std::string> categories;
  std::vector<PrinterColumn> columns;
  std::string description;
  const Field* fields = nullptr;  // the table: spec and status
  std::optional<ScalePaths> scale;
};

// Thread-safe after the first call; alphabetical.
const std::vector<KindInfo>& AllKinds();

// By kind ("VMClass"), or nullptr.
const KindInfo* FindKind(std::string_view kind);

// The OpenAPI v3 schema of the whole object (structural, as in a CRD).
nlohmann::json OpenApiSchema(const KindInfo& kind);

// The CustomResourceDefinition, as JSON and as YAML with a header that says where it comes from.
nlohmann::json CustomResourceDefinition(const KindInfo& kind);
std::string CustomResourceDefinitionYaml(const KindInfo& kind);

// docs/reference/api.md
std::string ReferenceMarkdown();

}  // namespace vr::api
