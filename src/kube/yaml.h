// YAML to JSON and back, the way manifests need it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vr::kube {

// All documents of a stream, empty ones left out. Plain scalars are typed by YAML 1.2's core
// schema, so `On` and `yes` stay text; quoted ones are text. Anchors and merge keys work.
// kInvalidSpec with the line for what is not YAML, for duplicate and non-scalar keys, and for
// documents that aliases blow up.
Result<std::vector<nlohmann::json>> ParseYaml(std::string_view text);

// A document as Kubernetes' API server reads bodies: by YAML 1.1, so that unquoted `On` and `yes`
// are booleans, and of keys that come twice the last one counts.
struct ServerYaml {
  std::vector<nlohmann::json> documents;  // of a stream the first one alone, of an empty text none
  std::vector<std::string> duplicates;    // line 3: key "a" already set in map
};
Result<ServerYaml> ParseServerYaml(std::string_view text);

// One document in block style. Text that YAML 1.1 or 1.2 would read as something else is quoted.
std::string ToYaml(const nlohmann::json& value);

}  // namespace vr::kube
