#include "controlplane/core_rules.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "api/json_fields.h"
#include "base/base64.h"
#include "controlplane/base64.h"
#include "controlplane/decoding.h"
#include "controlplane/event_rules.h"
#include "controlplane/event_versions.h"
#include "controlplane/quota.h"
#include "controlplane/rbac_rules.h"

namespace vr::controlplane {
namespace {

using api::FieldError;
using api::FieldErrorType;

struct CoreField {
  const char* name;
  JsonShape shape;
};
using CoreFields = std::vector<CoreField>;

// Fields of the core kinds besides apiVersion, kind and metadata.
const CoreFields* FieldsOf(const Resource& resource) {
  static const std::map<std::string, CoreFields> fields = {
      {"Namespace", {{"spec", JsonShape::kObject}, {"status", JsonShape::kObject}}},
      {"Secret",
       {{"data", JsonShape::kBytesMap},
        {"stringData", JsonShape::kTextMap},
        {"type", JsonShape::kText},
        {"immutable", JsonShape::kBoolean}}},
      {"ConfigMap",
       {{"data", JsonShape::kTextMap},
        {"binaryData", JsonShape::kBytesMap},
        {"immutable", JsonShape::kBoolean}}},
      {"ServiceAccount",
       {{"secrets", JsonShape::kList},
        {"imagePullSecrets", JsonShape::kList},
        {"automountServiceAccountToken", JsonShape::kBoolean}}},
      {"Event",
       {{"involvedObject", JsonShape::kObject},
        {"reason", JsonShape::kText},
        {"message", JsonShape::kText},
        {"source", JsonShape::kObject},
        {"firstTimestamp", JsonShape::kText},
        {"lastTimestamp", JsonShape::kText},
        {"count", JsonShape::kInteger},
        {"type", JsonShape::kText},
        {"eventTime", JsonShape::kText},
        {"series", JsonShape::kObject},
        {"action", JsonShape::kText},
        {"related", JsonShape::kObject},
        {"reportingComponent", JsonShape::kText},
        {"reportingInstance", JsonShape::kText}}},
      {"events.k8s.io/Event",
       {{"regarding", JsonShape::kObject},
        {"reason", JsonShape::kText},
        {"note", JsonShape::kText},
        {"deprecatedSource", JsonShape::kObject},
        {"deprecatedFirstTimestamp", JsonShape::kText},
        {"deprecatedLastTimestamp", JsonShape::kText},
        {"deprecatedCount", JsonShape::kInteger},
        {"type", JsonShape::kText},
        {"eventTime", JsonShape::kText},
        {"series", JsonShape::kObject},
        {"action", JsonShape::kText},
        {"related", JsonShape::kObject},
        {"reportingController", JsonShape::kText},
        {"reportingInstance", JsonShape::kText}}},
      {"Lease", {{"spec", JsonShape::kObject}}},
      {"ResourceQuota", {{"spec", JsonShape::kObject}, {"status", JsonShape::kObject}}},
      {"Role", {{"rules", JsonShape::kList}}},
      {"ClusterRole", {{"rules", JsonShape::kList}}},
      {"RoleBinding", {{"subjects", JsonShape::kList}, {"roleRef", JsonShape::kObject}}},
      {"ClusterRoleBinding", {{"subjects", JsonShape::kList}, {"roleRef", JsonShape::kObject}}},
  };
  const auto it = fields.find(resource.IsNewEvent() ? "events.k8s.io/Event" : resource.type.kind);
  return it == fields.end() ? nullptr : &it->second;
}

// The types of those that are structs, as messages name them.
const std::map<std::string, std::string>& StructTypes() {
  static const std::map<std::string, std::string> types = {
      {"Namespace.spec", "v1.NamespaceSpec"},
      {"Namespace.status", "v1.NamespaceStatus"},
      {"ServiceAccount.secrets", "[]v1.ObjectReference"},
      {"ServiceAccount.imagePullSecrets", "[]v1.LocalObjectReference"},
      {"Event.involvedObject", "v1.ObjectReference"},
      {"Event.source", "v1.EventSource"},
      {"Event.series", "v1.EventSeries"},
      {"Event.related", "v1.ObjectReference"},
      {"Event.regarding", "v1.ObjectReference"},
      {"Event.deprecatedSource", "v1.EventSource"},
      {"Lease.spec", "v1.LeaseSpec"}};
  return types;
}

const CoreFields& LeaseSpecFields() {
  static const CoreFields fields = {
      {"holderIdentity", JsonShape::kText},      {"leaseDurationSeconds", JsonShape::kInteger},
      {"acquireTime", JsonShape::kText},         {"renewTime", JsonShape::kText},
      {"leaseTransitions", JsonShape::kInteger}, {"strategy", JsonShape::kText},
      {"preferredHolder", JsonShape::kText}};
  return fields;
}

bool IsConfigKey(const std::string& key) {
  constexpr size_t kMaxLength = 253;
  return !key.empty() && key.size() <= kMaxLength && key != "." && key != ".." &&
         key.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
             std::string::npos;
}

void CheckKeys(const Json& object, const char* field, std::vector<FieldError>& errors) {
  const Json& map = api::Member(object, field);
  if (!map.is_object()) return;
  for (const auto& [key, value] : map.items()) {
    if (IsConfigKey(key)) continue;
    errors.push_back(
        {FieldErrorType::kInvalid, std::string(field) + "[" + key + "]", Json(key).dump(),
         "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
         "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
         "'[-._a-zA-Z0-9]+')"});
  }
}

constexpr size_t kMaxData = 1024 * 1024;

size_t SizeOf(const Json& map, bool encoded) {
  size_t size = 0;
  if (!map.is_object()) return size;
  for (const Json& value : map) {
    if (!value.is_string()) continue;
    const size_t length = value.get_ref<const std::string&>().size();
    size += encoded ? length / 4 * 3 : length;  // a little too much where there is padding
  }
  return size;
}

void CheckSize(size_t size, const char* field, std::vector<FieldError>& errors) {
  if (size > kMaxData)
    errors.push_back({FieldErrorType::kTooLong, field, "", "may not be more than 1048576 bytes"});
}

void CheckImmutable(const Json& old, const Json& object, std::vector<FieldError>& errors) {
  if (old.is_null() || api::Member(old, "immutable") != Json(true)) return;
  const auto forbid = [&](const char* field) {
    errors.push_back(
        {FieldErrorType::kForbidden, field, "", "field is immutable when `immutable` is set"});
  };
  if (api::Member(object, "immutable") != Json(true)) forbid("immutable");
  for (const char* field : {"data", "binaryData"}) {
    if (api::Member(old, field) != api::Member(object, field)) forbid(field);
  }
}

void CheckNamespacePhase(const Json& object, std::vector<FieldError>& errors) {
  const std::string phase = api::Text(api::Member(object, "status"), "phase");
  const bool deleting = api::Member(object, "metadata").contains("deletionTimestamp");
  if (phase.empty() || (phase == "Terminating") == deleting) return;
  errors.push_back({FieldErrorType::kInvalid, "status.Phase", Json(phase).dump(),
                    deleting ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
                             : "may only be 'Active' if `deletionTimestamp` is empty"});
}

// What Kubernetes asks of Secrets of its own types, besides their keys.
void CheckTypedSecret(const std::string& type, const Json& object,
                      std::vector<FieldError>& errors) {
  const Json& data = api::Member(object, "data");
  const auto has = [&](const char* key) { return data.is_object() && data.contains(key); };
  if (type == "kubernetes.io/service-account-token") {
    const char* account = "kubernetes.io/service-account.name";
    const Json& annotations = api::Member(api::Member(object, "metadata"), "annotations");
    if (api::Text(annotations, account).empty()) {
      errors.push_back({FieldErrorType::kRequired,
                        std::string("metadata.annotations[") + account + "]", "", ""});
    }
  } else if (type == "kubernetes.io/basic-auth" && !has("username") && !has("password")) {
    errors.push_back({FieldErrorType::kRequired, "data[username]", "", ""});
    errors.push_back({FieldErrorType::kRequired, "data[password]", "", ""});
  } else if (type == "kubernetes.io/dockerconfigjson" && has(".dockerconfigjson")) {
    const auto text = DecodeBase64(api::Text(data, ".dockerconfigjson"));
    if (!text || !Json::accept(*text)) {
      errors.push_back({FieldErrorType::kInvalid, "data[.dockerconfigjson]",
                        "\"<secret contents redacted>\"",
                        text ? ParseProblem(*text) : "illegal base64 data"});
    }
  }
}

void CheckSecret(const Json& old, const Json& object, std::vector<FieldError>& errors) {
  CheckKeys(object, "data", errors);
  CheckSize(SizeOf(api::Member(object, "data"), true), "data", errors);
  const std::string type = api::Text(object, "type");
  if (!old.is_null() && api::Text(old, "type") != type) {
    errors.push_back({FieldErrorType::kInvalid, "type", Json(type).dump(), "field is immutable"});
  }
  static const std::map<std::string, std::vector<std::string>> needed = {
      {"kubernetes.io/tls", {"tls.crt", "tls.key"}},
      {"kubernetes.io/ssh-auth", {"ssh-privatekey"}},
      {"kubernetes.io/dockerconfigjson", {".dockerconfigjson"}}};
  if (const auto it = needed.find(type); it != needed.end()) {
    for (const std::string& key : it->second) {
      if (api::Member(object, "data").is_object() && object["data"].contains(key)) continue;
      errors.push_back({FieldErrorType::kRequired, "data[" + key + "]", "", ""});
    }
  }
  CheckTypedSecret(type, object, errors);
  CheckImmutable(old, object, errors);
}

void CheckConfigMap(const Json& old, const Json& object, std::vector<FieldError>& errors) {
  CheckKeys(object, "data", errors);
  CheckKeys(object, "binaryData", errors);
  CheckSize(
      SizeOf(api::Member(object, "data"), false) + SizeOf(api::Member(object, "binaryData"), true),
      "[]", errors);
  const Json& binary = api::Member(object, "binaryData");
  if (api::Member(object, "data").is_object() && binary.is_object()) {
    for (const auto& [key, value] : object["data"].items()) {
      if (!binary.contains(key)) continue;
      errors.push_back({FieldErrorType::kInvalid, "data[" + key + "]", Json(key).dump(),
                        "duplicate of key present in binaryData"});
    }
  }
  CheckImmutable(old, object, errors);
}

void CheckLease(const Json& object, std::vector<FieldError>& errors) {
  const Json& seconds = api::Member(api::Member(object, "spec"), "leaseDurationSeconds");
  if (seconds.is_number_integer() && seconds.get<int64_t>() <= 0) {
    errors.push_back({FieldErrorType::kInvalid, "spec.leaseDurationSeconds", seconds.dump(),
                      "must be greater than 0"});
  }
}

}  // namespace

std::optional<Failure> CheckCoreTypes(const Resource& resource, const Json& object) {
  const CoreFields* fields = resource.IsCustom() ? nullptr : FieldsOf(resource);
  if (fields == nullptr) return std::nullopt;
  for (const CoreField& field : *fields) {
    const Json& value = api::Member(object, field.name);
    const std::string name = resource.type.kind + "." + field.name;
    const std::string problem = ShapeProblem(value, field.shape, name);
    const auto type = StructTypes().find(name);
    if (!problem.empty()) {
      return NotDecodable(resource,
                          type == StructTypes().end() ? problem : OfType(problem, type->second));
    }
    if (field.shape != JsonShape::kBytesMap || !value.is_object()) continue;
    for (const auto& [key, item] : value.items()) {
      const auto bad =
          item.is_string() ? FirstBadBase64(item.get_ref<const std::string&>()) : std::nullopt;
      if (bad)
        return NotDecodable(resource, "illegal base64 data at input byte " + std::to_string(*bad));
    }
  }
  if (resource.type.kind != "Lease") return std::nullopt;
  for (const CoreField& field : LeaseSpecFields()) {
    const std::string problem =
        ShapeProblem(api::Member(api::Member(object, "spec"), field.name), field.shape,
                     std::string("LeaseSpec.spec.") + field.name);
    if (!problem.empty()) return NotDecodable(resource, problem);
  }
  return std::nullopt;
}

void PrepareCore(const Resource& resource, Json& object) {
  if (resource.IsCustom()) return;
  PrepareRbac(resource, object);
  if (resource.type.kind == "Namespace") {
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] =
        object["metadata"].value("name", "");
    if (api::Member(object, "spec").is_null()) object["spec"] = Json::object();
    return;
  }
  if (resource.type.kind == "Event") {
    Json event = ToStored(resource, std::move(object));
    CompleteEvent(event);
    object = ToServed(resource, std::move(event));
    return;
  }
  if (resource.type.kind != "Secret") return;
  if (api::Text(object, "type").empty()) object["type"] = "Opaque";
  if (!api::Member(object, "stringData").is_object()) return;
  for (const auto& [key, value] : object["stringData"].items()) {
    if (value.is_string()) object["data"][key] = EncodeBase64(value.get<std::string>());
  }
  object.erase("stringData");
}

std::vector<std::string> PruneCore(const Resource& resource, Json& object) {
  std::vector<std::string> removed;
  const CoreFields* fields = resource.IsCustom() ? nullptr : FieldsOf(resource);
  if (fields == nullptr) return removed;
  for (auto it = object.begin(); it != object.end();) {
    const bool known = it.key() == "apiVersion" || it.key() == "kind" || it.key() == "metadata" ||
                       std::any_of(fields->begin(), fields->end(),
                                   [&](const CoreField& field) { return it.key() == field.name; });
    if (known) {
      ++it;
    } else {
      removed.push_back(it.key());
      it = object.erase(it);
    }
  }
  return removed;
}

std::vector<FieldError> CheckCore(const Resource& resource, const Json& old, const Json& object) {
  if (resource.IsCustom()) return {};
  std::vector<FieldError> errors = CheckRbac(resource, old, object);
  for (api::FieldError& error : CheckQuotaObject(resource, object)) errors.push_back(error);
  if (resource.type.kind == "Secret") CheckSecret(old, object, errors);
  if (resource.type.kind == "ConfigMap") CheckConfigMap(old, object, errors);
  if (resource.type.kind == "Event") {
    for (api::FieldError& error : CheckEvent(resource, old, object)) errors.push_back(error);
  }
  if (resource.type.kind == "Lease") CheckLease(object, errors);
  if (resource.type.kind == "Namespace") CheckNamespacePhase(object, errors);
  return errors;
}

}  // namespace vr::controlplane
