#include "controlplane/strategic.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

constexpr const char* kDirective = "$patch";
constexpr std::string_view kDeletePrefix = "$deleteFromPrimitiveList/";
constexpr std::string_view kOrderPrefix = "$setElementOrder/";

// How a list merges: the items' key, "" for plain values, or nothing where it is replaced.
const char* MergeKey(const std::string& name) {
  if (name == "finalizers") return "";
  if (name == "ownerReferences") return "uid";
  return name == "secrets" || name == "imagePullSecrets" ? "name" : nullptr;
}

Outcome<Json> MergeMap(Json object, Json patch);

std::string DirectiveOf(const Json& patch) {
  if (!patch.is_object() || !patch.contains(kDirective)) return "";
  const Json& value = patch[kDirective];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// What tells a list's items apart: the value of their key, or the item itself.
Json Identity(const Json& item, const std::string& key) {
  return key.empty() ? item : item.is_object() ? item.value(key, Json()) : Json();
}

size_t IndexOf(const Json& list, const Json& identity, const std::string& key) {
  size_t index = 0;
  while (index < list.size() && Identity(list[index], key) != identity) ++index;
  return index;
}

// The patched items with those that only the server had; where the server knew both, in its order.
Json Interleave(const Json& patched, const Json& others, const Json& server,
                const std::string& key) {
  Json out = Json::array();
  size_t i = 0;
  size_t j = 0;
  while (i < patched.size() || j < others.size()) {
    bool other_first = i == patched.size();
    if (!other_first && j < others.size()) {
      const size_t mine = IndexOf(server, Identity(patched[i], key), key);
      other_first = mine < server.size() && IndexOf(server, Identity(others[j], key), key) < mine;
    }
    out.push_back(other_first ? others[j++] : patched[i++]);
  }
  return out;
}

Json MergeValues(const Json& list, const Json& patch) {
  Json patched = Json::array();
  for (const Json& value : patch) {
    if (IndexOf(patched, value, "") == patched.size()) patched.push_back(value);
  }
  Json others = Json::array();
  for (const Json& value : list) {
    if (IndexOf(patched, value, "") == patched.size()) others.push_back(value);
  }
  return Interleave(patched, others, list, "");
}

void RemoveFrom(Json& list, const Json& values) {
  if (!list.is_array()) return;
  Json kept = Json::array();
  for (const Json& value : list) {
    if (std::find(values.begin(), values.end(), value) == values.end()) kept.push_back(value);
  }
  list = std::move(kept);
}

Outcome<Json> MergeItems(const Json& list, const Json& patch, const char* key) {
  for (const Json& item : patch) {
    if (DirectiveOf(item) == "replace") {  // the other items are the whole list
      Json rest = patch;
      rest.erase(std::remove_if(rest.begin(), rest.end(),
                                [](const Json& each) { return !DirectiveOf(each).empty(); }),
                 rest.end());
      return rest;
    }
  }
  Json patched = Json::array();
  Json others = list;
  for (const Json& item : patch) {
    if (!item.is_object() || !item.contains(key))
      return Simple(500, "", std::string("map does not contain declared merge key: ") + key);
    const size_t at = IndexOf(others, item[key], key);
    const Json now = at < others.size() ? others[at] : Json::object();
    if (at < others.size()) others.erase(at);
    if (DirectiveOf(item) == "delete") continue;
    Outcome<Json> merged = MergeMap(now, item);
    if (!merged) return merged;
    patched.push_back(std::move(*merged));
  }
  return Interleave(patched, others, list, key);
}

Outcome<Json> MergeMember(const std::string& name, const Json& now, const Json& patch) {
  if (patch.is_object()) return MergeMap(now.is_object() ? now : Json::object(), patch);
  const char* key = patch.is_array() ? MergeKey(name) : nullptr;
  if (key == nullptr) return patch;
  const Json list = now.is_array() ? now : Json::array();
  return *key == '\0' ? Outcome<Json>(MergeValues(list, patch)) : MergeItems(list, patch, key);
}

// Keeps the members that $retainKeys names.
void Retain(const Json& keys, Json& object) {
  for (auto it = object.begin(); it != object.end();) {
    const bool kept = std::find(keys.begin(), keys.end(), Json(it.key())) != keys.end();
    it = kept ? std::next(it) : object.erase(it);
  }
}

Outcome<Json> MergeMap(Json object, Json patch) {
  if (const std::string directive = DirectiveOf(patch); !directive.empty()) {
    patch.erase(kDirective);
    if (directive == "replace") return patch;
    if (directive == "delete") return Json::object();
    if (directive != "merge") return Simple(500, "", "Unknown patch type found: " + directive);
  }
  if (patch.contains("$retainKeys")) {
    if (patch["$retainKeys"].is_array()) Retain(patch["$retainKeys"], object);
    patch.erase("$retainKeys");
  }
  for (const auto& [name, value] : patch.items()) {
    if (name.starts_with(kOrderPrefix)) continue;
    if (name.starts_with(kDeletePrefix)) {
      const std::string list = name.substr(kDeletePrefix.size());
      if (object.contains(list)) RemoveFrom(object[list], value);
    } else if (value.is_null()) {
      object.erase(name);
    } else {
      Outcome<Json> merged = MergeMember(name, object.value(name, Json()), value);
      if (!merged) return merged;
      object[name] = std::move(*merged);
    }
  }
  return object;
}

}  // namespace

Outcome<Json> ApplyStrategicPatch(const Json& object, const Json& patch) {
  return MergeMap(object, patch);
}

}  // namespace vr::controlplane
