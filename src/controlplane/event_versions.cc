#include "controlplane/event_versions.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

constexpr const char* kStoredVersion = "v1";
constexpr const char* kNewVersion = "events.k8s.io/v1";

struct Names {
  const char* stored;
  const char* served;
};
constexpr std::array<Names, 7> kNames = {{{"message", "note"},
                                          {"involvedObject", "regarding"},
                                          {"source", "deprecatedSource"},
                                          {"firstTimestamp", "deprecatedFirstTimestamp"},
                                          {"lastTimestamp", "deprecatedLastTimestamp"},
                                          {"count", "deprecatedCount"},
                                          {"reportingComponent", "reportingController"}}};

void Rename(Json& object, const char* from, const char* to) {
  const auto it = object.find(from);
  if (it == object.end()) return;
  Json value = std::move(*it);
  object.erase(it);
  object[to] = std::move(value);
}

}  // namespace

Json ToServed(const Resource& resource, Json object) {
  if (!resource.IsNewEvent() || !object.is_object()) return object;
  CompleteEvent(object);
  for (const Names& names : kNames) Rename(object, names.stored, names.served);
  // Core v1 shows these two even when they are empty.
  for (const char* name : {"reportingController", "reportingInstance"}) {
    if (object[name] == "") object.erase(name);
  }
  object["apiVersion"] = kNewVersion;
  return object;
}

Json ToStored(const Resource& resource, Json object) {
  if (!resource.IsNewEvent() || !object.is_object()) return object;
  for (const Names& names : kNames) Rename(object, names.served, names.stored);
  CompleteEvent(object);
  object["apiVersion"] = kStoredVersion;
  return object;
}

Json ReadStored(const Resource& resource, const StoredPtr& stored) {
  return stored ? ToServed(resource, Json::parse(stored->body, nullptr, false)) : Json();
}

void CompleteEvent(Json& event) {
  const std::pair<const char*, Json> always[] = {
      {"involvedObject", Json::object()}, {"source", Json::object()}, {"firstTimestamp", nullptr},
      {"lastTimestamp", nullptr},         {"eventTime", nullptr},     {"reportingComponent", ""},
      {"reportingInstance", ""}};
  for (const auto& [name, value] : always) {
    if (!event.contains(name)) event[name] = value;
  }
}

}  // namespace vr::controlplane
