#include "api/json_fields.h"

#include <nlohmann/json.hpp>

#include "api/kinds.h"
#include "base/duration.h"
#include "base/quantity.h"
#include "base/timestamp.h"

namespace vr::api {
namespace {

std::optional<Quantity> Amount(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  if (value.is_null()) return std::nullopt;
  auto parsed = Quantity::Parse(value.is_string() ? value.get<std::string>() : value.dump());
  return parsed ? std::optional(*parsed) : std::nullopt;
}

}  // namespace

const Json& Member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto it = object.find(name);
  return it == object.end() ? none : *it;
}

std::string Text(const Json& object, const char* name, const std::string& fallback) {
  const Json& value = Member(object, name);
  return value.is_string() ? value.get<std::string>() : fallback;
}

bool Flag(const Json& object, const char* name, bool fallback) {
  const Json& value = Member(object, name);
  return value.is_boolean() ? value.get<bool>() : fallback;
}

std::vector<std::string> Texts(const Json& object, const char* name) {
  std::vector<std::string> out;
  const Json& list = Member(object, name);
  if (!list.is_array()) return out;
  for (const Json& item : list) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

std::map<std::string, std::string> TextMap(const Json& object, const char* name) {
  std::map<std::string, std::string> out;
  const Json& map = Member(object, name);
  if (!map.is_object()) return out;
  for (const auto& [key, value] : map.items()) {
    if (value.is_string()) out.emplace(key, value.get<std::string>());
  }
  return out;
}

int64_t Mebibytes(const Json& object, const char* name) {
  const auto amount = Amount(object, name);
  return amount ? amount->Mebibytes() : 0;
}

ObjectRef Ref(const Json& object) { return {Text(object, "name"), Text(object, "namespace")}; }

std::optional<ObjectRef> OptionalRef(const Json& object) {
  return Text(object, "name").empty() ? std::nullopt : std::optional(Ref(object));
}

std::optional<WallTime> Time(const Json& object, const char* name) {
  const auto time = ParseTimestamp(Text(object, name));
  return time ? std::optional(*time) : std::nullopt;
}

void Put(Json& out, const char* name, const std::string& value) {
  if (!value.empty()) out[name] = value;
}

Resources DecodeResources(const Json& json) {
  return {Whole<int32_t>(json, "cpu"), Whole<int64_t>(json, "memoryMiB")};
}

VmDisk DecodeDisk(const Json& json) {
  return {.name = Text(json, "name"),
          .type = Text(json, "type"),
          .storage_class = Text(json, "storageClass"),
          .expand_policy = Text(json, "expandPolicy"),
          .size_gib = Whole<int64_t>(json, "sizeGiB")};
}

VmNetwork DecodeNetwork(const Json& json) {
  return {.name = Text(json, "name"),
          .network_ref = OptionalRef(Member(json, "networkRef")),
          .ip_address = Text(json, "ipAddress"),
          .gateway = Text(json, "gateway"),
          .dns = Text(json, "dns"),
          .mac_address = Text(json, "macAddress"),
          .bridge = Text(json, "bridge"),
          .port_group = Text(json, "portGroup"),
          .adapter = Text(json, "adapter"),
          .prefix = Whole<int32_t>(json, "prefix"),
          .vlan = Whole<int32_t>(json, "vlan")};
}

std::optional<int64_t> Integer(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  if (!value.is_number_integer()) return std::nullopt;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(kMost))
    return kMost;
  return value.get<int64_t>();
}

std::string NameOf(const Json& object, const char* reference) {
  return Text(Member(object, reference), "name");
}

Duration Span(const Json& object, const char* name, Duration fallback) {
  const auto parsed = ParseDuration(Text(object, name));
  return parsed ? *parsed : fallback;
}

std::string JsonText(const Json& value) { return value.is_null() ? "" : value.dump(); }

void Put(Json& out, const char* name, const std::optional<WallTime>& value) {
  if (value) out[name] = FormatTimestamp(*value);
}

void PutCommon(Json& out, const std::vector<kube::Condition>& conditions,
               int64_t observed_generation) {
  if (!conditions.empty()) out["conditions"] = kube::EncodeConditions(conditions);
  if (observed_generation != 0) out["observedGeneration"] = observed_generation;
}

TemplateMeta DecodeTemplateMeta(const Json& json) {
  return {.labels = TextMap(json, "labels"), .annotations = TextMap(json, "annotations")};
}

RetryPolicy DecodeRetry(const Json& options) {
  RetryPolicy retry;
  const Json& json = Member(options, "retryPolicy");
  retry.max_retries = Whole<int32_t>(json, "maxRetries", retry.max_retries);
  retry.backoff_multiplier = Whole<int32_t>(json, "backoffMultiplier", retry.backoff_multiplier);
  retry.retry_delay = Span(json, "retryDelay", retry.retry_delay);
  return retry;
}

TargetVm DecodeTarget(const Json& json, const kube::ObjectMeta& own) {
  return {.vm = {Text(json, "name", own.name), Text(json, "namespace", own.ns)},
          .meta = DecodeTemplateMeta(json),
          .class_ref = OptionalRef(Member(json, "classRef")),
          .provider_ref = OptionalRef(Member(json, "providerRef")),
          .image_ref = OptionalRef(Member(json, "imageRef")),
          .placement_ref = NameOf(json, "placementRef"),
          .disks_json = JsonText(Member(json, "disks")),
          .networks_json = JsonText(Member(json, "networks"))};
}

PreparedObject Prepared(const char* kind_name, const Json& object) {
  const KindInfo& kind = *FindKind(kind_name);
  AdmissionResult ignored;
  Json json = Canonical(kind, object, ignored);
  ApplyDefaults(kind, json);
  PreparedObject out{.json = std::make_shared<const Json>(std::move(json)), .findings = {}};
  for (const FieldError& error : Validate(kind, nullptr, object).errors) {
    if (error.path.starts_with("spec")) out.findings.push_back(error.Message());
  }
  return out;
}

}  // namespace vr::api
