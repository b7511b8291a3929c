#include "kube/meta_json.h"

#include <nlohmann/json.hpp>

#include "base/timestamp.h"

namespace vr::kube {
namespace {

using Json = nlohmann::json;

// Reads the members of one JSON object; remembers the first value of a wrong type.
class Reader {
 public:
  Reader(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object_.is_object() && !object_.is_null()) Fail("", "an object");
  }

  void Text(const char* name, std::string& out) {
    if (const Json* value = Find(name))
      value->is_string() ? void(out = value->get<std::string>()) : Fail(name, "a string");
  }
  void Whole(const char* name, int64_t& out) {
    if (const Json* value = Find(name))
      value->is_number_integer() ? void(out = value->get<int64_t>()) : Fail(name, "an integer");
  }
  void Flag(const char* name, bool& out) {
    if (const Json* value = Find(name))
      value->is_boolean() ? void(out = value->get<bool>()) : Fail(name, "a boolean");
  }
  void Time(const char* name, std::optional<WallTime>& out) {
    const Json* value = Find(name);
    if (value == nullptr) return;
    const auto time = value->is_string() ? ParseTimestamp(value->get_ref<const std::string&>())
                                         : Result<WallTime>(Error{});
    if (!time) return Fail(name, "an RFC 3339 time");
    out = *time;
  }
  void Strings(const char* name, std::map<std::string, std::string>& out) {
    const Json* value = Find(name);
    if (value == nullptr) return;
    if (!value->is_object()) return Fail(name, "a map of strings");
    for (const auto& [key, item] : value->items()) {
      if (!item.is_string()) return Fail(name, "a map of strings");
      out.emplace(key, item.get<std::string>());
    }
  }
  const Json* Find(const char* name) const {
    if (!object_.is_object()) return nullptr;
    const auto it = object_.find(name);
    return it == object_.end() || it->is_null() ? nullptr : &*it;
  }
  void Fail(const std::string& name, const char* wanted) {
    if (!status_) return;
    status_ = Error{ErrorKind::kInvalidSpec,
                    path_ + (name.empty() ? "" : "." + name) + ": must be " + wanted,
                    {}};
  }
  const Status& status() const { return status_; }

 private:
  const Json& object_;
  std::string path_;
  Status status_;
};

Result<OwnerReference> DecodeOwner(const Json& json) {
  OwnerReference owner;
  Reader read(json, "metadata.ownerReferences[]");
  read.Text("apiVersion", owner.api_version);
  read.Text("kind", owner.kind);
  read.Text("name", owner.name);
  read.Text("uid", owner.uid);
  read.Flag("controller", owner.controller);
  read.Flag("blockOwnerDeletion", owner.block_owner_deletion);
  if (!read.status()) return read.status().error();
  return owner;
}

Json EncodeOwner(const OwnerReference& owner) {
  Json json = {{"apiVersion", owner.api_version},
               {"kind", owner.kind},
               {"name", owner.name},
               {"uid", owner.uid}};
  if (owner.controller) json["controller"] = true;
  if (owner.block_owner_deletion) json["blockOwnerDeletion"] = true;
  return json;
}

void PutText(Json& out, const char* name, const std::string& value) {
  if (!value.empty()) out[name] = value;
}

const Json& Member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto it = object.find(name);
  return it == object.end() ? none : *it;
}

}  // namespace

Result<ObjectMeta> DecodeMeta(const Json& object) {
  ObjectMeta meta;
  const Json& json = Member(object, "metadata");
  Reader read(json, "metadata");
  read.Text("name", meta.name);
  read.Text("generateName", meta.generate_name);
  read.Text("namespace", meta.ns);
  read.Text("uid", meta.uid);
  read.Text("resourceVersion", meta.resource_version);
  read.Whole("generation", meta.generation);
  read.Time("creationTimestamp", meta.creation_timestamp);
  read.Time("deletionTimestamp", meta.deletion_timestamp);
  if (read.Find("deletionGracePeriodSeconds") != nullptr) {
    read.Whole("deletionGracePeriodSeconds", meta.deletion_grace_period_seconds.emplace());
  }
  read.Strings("labels", meta.labels);
  read.Strings("annotations", meta.annotations);
  if (const Json* list = read.Find("finalizers"); list != nullptr && list->is_array()) {
    for (const Json& item : *list) {
      if (!item.is_string()) read.Fail("finalizers", "a list of strings");
      if (item.is_string()) meta.finalizers.push_back(item.get<std::string>());
    }
  }
  if (const Json* list = read.Find("ownerReferences"); list != nullptr && list->is_array()) {
    for (const Json& item : *list) {
      VR_ASSIGN_OR_RETURN(OwnerReference owner, DecodeOwner(item));
      meta.owner_references.push_back(std::move(owner));
    }
  }
  if (!read.status()) return read.status().error();
  return meta;
}

Json EncodeMeta(const ObjectMeta& meta) {
  Json out = Json::object();
  PutText(out, "name", meta.name);
  PutText(out, "generateName", meta.generate_name);
  PutText(out, "namespace", meta.ns);
  PutText(out, "uid", meta.uid);
  PutText(out, "resourceVersion", meta.resource_version);
  if (meta.generation != 0) out["generation"] = meta.generation;
  if (meta.creation_timestamp) out["creationTimestamp"] = FormatTimestamp(*meta.creation_timestamp);
  if (meta.deletion_timestamp) out["deletionTimestamp"] = FormatTimestamp(*meta.deletion_timestamp);
  if (meta.deletion_grace_period_seconds)
    out["deletionGracePeriodSeconds"] = *meta.deletion_grace_period_seconds;
  if (!meta.labels.empty()) out["labels"] = meta.labels;
  if (!meta.annotations.empty()) out["annotations"] = meta.annotations;
  if (!meta.finalizers.empty()) out["finalizers"] = meta.finalizers;
  for (const OwnerReference& owner : meta.owner_references)
    out["ownerReferences"].push_back(EncodeOwner(owner));
  return out;
}

Result<std::vector<Condition>> DecodeConditions(const Json& list, const std::string& path) {
  std::vector<Condition> conditions;
  if (list.is_null()) return conditions;
  if (!list.is_array()) return Error{ErrorKind::kInvalidSpec, path + ": must be a list", {}};
  for (const Json& item : list) {
    Condition condition;
    Reader read(item, path + "[]");
    read.Text("type", condition.type);
    read.Text("status", condition.status);
    read.Text("reason", condition.reason);
    read.Text("message", condition.message);
    read.Whole("observedGeneration", condition.observed_generation);
    read.Time("lastTransitionTime", condition.last_transition_time);
    if (!read.status()) return read.status().error();
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

Json EncodeConditions(const std::vector<Condition>& conditions) {
  Json out = Json::array();
  for (const Condition& condition : conditions) {
    Json item = {{"type", condition.type},
                 {"status", condition.status},
                 {"reason", condition.reason},
                 {"message", condition.message}};
    if (condition.observed_generation != 0)
      item["observedGeneration"] = condition.observed_generation;
    item["lastTransitionTime"] =
        FormatTimestamp(condition.last_transition_time.value_or(WallTime()));
    out.push_back(std::move(item));
  }
  return out;
}

Key KeyOf(const Json& object) {
  const Json& meta = Member(object, "metadata");
  const auto text = [&](const char* name) {
    const Json& value = Member(meta, name);
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  return {text("namespace"), text("name")};
}

std::string ResourceVersionOf(const Json& object) {
  const Json& value = Member(Member(object, "metadata"), "resourceVersion");
  return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace vr::kube
