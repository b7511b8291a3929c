#include "api/rule_values.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vr::api {

const Json& ValueAt(const Json& object, const std::string& path) {
  static const Json none;
  const Json* at = &object;
  size_t from = 0;
  while (from <= path.size()) {
    const size_t dot = std::min(path.find('.', from), path.size());
    if (!at->is_object()) return none;
    const auto it = at->find(path.substr(from, dot - from));
    if (it == at->end()) return none;
    at = &*it;
    from = dot + 1;
  }
  return *at;
}

bool IsSet(const Json& object, const std::string& path) { return !ValueAt(object, path).is_null(); }

std::string TextAt(const Json& object, const std::string& path) {
  const Json& value = ValueAt(object, path);
  return value.is_string() ? value.get<std::string>() : "";
}

std::string NamespaceOf(const Json& object) { return TextAt(object, "metadata.namespace"); }

Json Bare(const Json& value, const std::string& own_namespace) {
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (const auto& [key, item] : value.items()) {
    if (key == "namespace" && item == own_namespace) continue;
    Json bare = Bare(item, own_namespace);
    if (!bare.is_null() && bare != "" && !(bare.is_object() && bare.empty()))
      out[key] = std::move(bare);
  }
  return out;
}

void Blame(const Rule& rule, std::vector<FieldError>& errors) { Blame(rule, errors, Json()); }

void Blame(const Rule& rule, std::vector<FieldError>& errors, const Json& value) {
  errors.push_back({rule.type, rule.path, value.is_null() ? "" : value.dump(), rule.detail});
}

std::string ParentOf(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

std::string LeafOf(const std::string& path) { return path.substr(path.rfind('.') + 1); }

}  // namespace vr::api
