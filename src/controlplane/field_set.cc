#include "controlplane/field_set.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

bool IsMember(const std::string& step) { return step.starts_with("f:"); }
std::string Member(const std::string& name) { return "f:" + name; }
std::string NameIn(const std::string& step) { return step.substr(2); }

bool IsManaged(const Resource& resource, const FieldPath& path) {
  if (path.empty()) return false;
  // Of a Namespace, only metadata is its writers' business.
  if (resource.type.kind == "Namespace" && path[0] != "f:metadata") return false;
  if (path[0] == "f:apiVersion" || path[0] == "f:kind") return false;
  if (path[0] != "f:metadata") return true;
  return path.size() > 1 &&
         (path[1] == "f:labels" || path[1] == "f:annotations" || path[1] == "f:finalizers" ||
          path[1] == "f:ownerReferences" || path[1] == "f:generateName");
}

// A map that exists or not by itself. Parts of core kinds are structs, which are always there.
bool IsMap(const Resource& resource, const FieldPath& path) {
  if (path.empty() || path == FieldPath{"f:metadata"}) return false;
  if (path[0] == "f:metadata" || resource.IsCustom()) return true;
  if (resource.type.kind == "Event") return path == FieldPath{"f:series"};
  return path.size() == 1 && (path[0] == "f:data" || path[0] == "f:binaryData");
}

// Whether the schema says that this object is one value: x-kubernetes-map-type.
bool IsAtomicMap(const api::Field& fields, const FieldPath& path) {
  const api::Field* field = &fields;
  for (const std::string& step : path) {
    if (!IsMember(step)) return false;
    field = field->values ? field->values.get() : field->Property(NameIn(step));
    if (field == nullptr) return false;
  }
  return field->extensions && field->extensions->value("x-kubernetes-map-type", "") == "atomic";
}

bool IsAtomic(const Resource& resource, const FieldPath& path) {
  if (path == FieldPath{"f:roleRef"}) return resource.type.kind.ends_with("RoleBinding");
  if (resource.IsCustom()) return IsAtomicMap(*resource.kind->fields, path);
  return resource.type.kind == "Event" &&
         (path == FieldPath{"f:involvedObject"} || path == FieldPath{"f:regarding"} ||
          path == FieldPath{"f:related"});
}

// The step to an item of finalizers, owners or references to secrets; "" for other lists.
std::string ItemStep(const Resource& resource, const FieldPath& list, const Json& item) {
  const bool references = resource.type.kind == "ServiceAccount" && list == FieldPath{"f:secrets"};
  if (references && item.is_object() && item.contains("name"))
    return "k:" + Json{{"name", item["name"]}}.dump();
  if (list.size() != 2 || list[0] != "f:metadata") return "";
  if (list[1] == "f:finalizers") return "v:" + item.dump();
  if (list[1] == "f:ownerReferences" && item.is_object())
    return "k:" + Json{{"uid", item.value("uid", Json(""))}}.dump();
  return "";
}

class Collector {
 public:
  Collector(const Resource& resource, bool interior) : resource_(resource), interior_(interior) {}

  void Collect(const Json& value) {
    if (value.is_null() && !resource_.IsCustom()) return;  // what nobody wrote
    if (value.is_object() && !value.empty() && !IsAtomic(resource_, at_)) {
      if (interior_ && IsMap(resource_, at_)) Insert();
      for (const auto& [key, item] : value.items()) Into(Member(key), item);
    } else if (value.is_array() && !value.empty() && HasSteps(value)) {
      if (interior_) Insert();
      for (const Json& item : value) {
        at_.push_back(ItemStep(resource_, at_, item));
        Insert();
        at_.pop_back();
      }
    } else if (!IsUnset(value)) {
      Insert();
    }
  }
  FieldSet Take() { return std::move(fields_); }

 private:
  void Into(std::string step, const Json& value) {
    at_.push_back(std::move(step));
    Collect(value);
    at_.pop_back();
  }
  bool HasSteps(const Json& list) const {
    return std::all_of(list.begin(), list.end(),
                       [&](const Json& item) { return !ItemStep(resource_, at_, item).empty(); });
  }
  // Members that an Event has in any case count only with a value.
  bool IsUnset(const Json& value) const {
    if (resource_.type.kind != "Event" || at_.empty() || at_[0] == "f:metadata") return false;
    return value.is_null() || value == "" ||
           (value.empty() && at_ != FieldPath{"f:involvedObject"} &&
            at_ != FieldPath{"f:regarding"});
  }
  void Insert() {
    if (IsManaged(resource_, at_)) fields_.insert(at_);
  }

  const Resource& resource_;
  const bool interior_;
  FieldPath at_;
  FieldSet fields_;
};

// Whether a list's item is the one that a "v:" or "k:" step names.
bool IsItem(const Json& item, const std::string& step) {
  const Json wanted = Json::parse(NameIn(step), nullptr, false);
  if (step.starts_with("v:")) return item == wanted;
  if (!wanted.is_object() || !item.is_object()) return false;
  return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& entry) {
    return item.value(entry.key(), Json()) == entry.value();
  });
}

void Decode(const Json& fields, FieldPath& at, FieldSet& out) {
  bool leaf = true;
  if (fields.is_object()) {
    for (const auto& [key, item] : fields.items()) {
      if (key == ".") {
        out.insert(at);
        continue;
      }
      leaf = false;
      if (key.size() < 2 || key[1] != ':') continue;  // names nothing
      at.push_back(key);
      Decode(item, at, out);
      at.pop_back();
    }
  }
  if (leaf && !at.empty()) out.insert(at);
}

}  // namespace

bool FieldOrder::operator()(const FieldPath& a, const FieldPath& b) const {
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    if (a[i] == b[i]) continue;
    const bool a_ends = a.size() == i + 1;
    const bool b_ends = b.size() == i + 1;
    return a_ends != b_ends ? a_ends : a[i] < b[i];
  }
  return a.size() < b.size();
}

FieldSet FieldsOf(const Resource& resource, const Json& object, bool interior) {
  Collector collector(resource, interior);
  if (object.is_object()) collector.Collect(object);
  return collector.Take();
}

const Json* FindField(const Json& object, const FieldPath& path) {
  const Json* at = &object;
  for (const std::string& step : path) {
    if (IsMember(step)) {
      if (!at->is_object() || !at->contains(NameIn(step))) return nullptr;
      at = &(*at)[NameIn(step)];
      continue;
    }
    if (!at->is_array()) return nullptr;
    const auto it =
        std::find_if(at->begin(), at->end(), [&](const Json& item) { return IsItem(item, step); });
    if (it == at->end()) return nullptr;
    at = &*it;
  }
  return at;
}

void SetField(Json& object, const FieldPath& path, const Json& value) {
  Json* at = &object;
  for (const std::string& step : path) {
    if (IsMember(step)) {
      if (!at->is_object()) *at = Json::object();
      at = &(*at)[NameIn(step)];
      continue;
    }
    if (!at->is_array()) *at = Json::array();
    const auto it =
        std::find_if(at->begin(), at->end(), [&](const Json& item) { return IsItem(item, step); });
    if (it != at->end()) {
      at = &*it;
    } else {
      at->push_back(nullptr);
      at = &at->back();
    }
  }
  *at = value;
}

void EraseField(Json& object, const FieldPath& path, size_t depth) {
  const std::string& step = path[depth];
  const bool last = depth + 1 == path.size();
  if (IsMember(step)) {
    if (!object.is_object() || !object.contains(NameIn(step))) return;
    Json& child = object[NameIn(step)];
    if (!last) EraseField(child, path, depth + 1);
    if (last || (child.is_structured() && child.empty())) object.erase(NameIn(step));
    return;
  }
  if (!object.is_array()) return;
  for (auto it = object.begin(); it != object.end(); ++it) {
    if (!IsItem(*it, step)) continue;
    object.erase(it);
    return;
  }
}

Json EncodeFields(const FieldSet& fields) {
  Json out = Json::object();
  for (const FieldPath& path : fields) {
    Json* at = &out;
    for (const std::string& step : path) {
      at = &(*at)[step];
      if (at->is_null()) *at = Json::object();
    }
  }
  // A field with fields below it says so with a dot.
  for (const FieldPath& path : fields) {
    Json* at = &out;
    for (const std::string& step : path) at = &(*at)[step];
    if (!at->empty()) (*at)["."] = Json::object();
  }
  return out;
}

FieldSet DecodeFields(const Json& fields) {
  FieldSet out;
  FieldPath at;
  Decode(fields, at, out);
  return out;
}

std::string ShowField(const FieldPath& path) {
  std::string text;
  for (const std::string& step : path) {
    if (IsMember(step)) {
      text += "." + NameIn(step);
    } else if (step.starts_with("v:")) {
      text += "[=" + NameIn(step) + "]";
    } else {
      const Json keys = Json::parse(NameIn(step), nullptr, false);
      text += "[";
      for (const auto& [key, value] : keys.items()) text += key + "=" + value.dump();
      text += "]";
    }
  }
  return text;
}

}  // namespace vr::controlplane
