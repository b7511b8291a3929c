#include "controlplane/garbage.h"

#include <nlohmann/json.hpp>
#include <set>

namespace vr::controlplane {
namespace {

void Remove(ObjectWriter& writer, const Resource& resource, const kube::Key& key,
            const std::string& uid) {
  (void)writer.Delete({.resource = &resource, .key = key, .manager = "garbage-collector"},
                      {.uid = uid});
}

std::set<std::string> AllUids(const Storage& storage) {
  std::set<std::string> uids;
  for (const Resource& resource : AllResources()) {
    for (const auto& [key, object] : storage.List(resource.StorageName(), "").objects)
      uids.insert(object->uid);
  }
  return uids;
}

// True if the object has owners and none of them exists any more.
bool IsOrphaned(const Json& object, const std::set<std::string>& uids) {
  const Json& meta = object["metadata"];
  if (!meta.contains("ownerReferences") || !meta["ownerReferences"].is_array() ||
      meta["ownerReferences"].empty())
    return false;
  for (const Json& owner : meta["ownerReferences"]) {
    if (uids.contains(owner.value("uid", ""))) return false;
  }
  return true;
}

void EmptyNamespace(const Storage& storage, ObjectWriter& writer, const std::string& ns) {
  bool empty = true;
  for (const Resource& resource : AllResources()) {
    if (!resource.type.namespaced) continue;
    for (const auto& [key, object] : storage.List(resource.StorageName(), ns).objects) {
      empty = false;
      Remove(writer, resource, key, object->uid);
    }
  }
  if (!empty) return;
  const Resource& namespaces = *FindResource("", "v1", "namespaces");
  (void)writer.Patch({.resource = &namespaces, .key = {"", ns}, .manager = "namespace-controller"},
                     PatchKind::kMerge, {{"metadata", {{"finalizers", nullptr}}}});
}

}  // namespace

void CollectGarbageOnce(const Storage& storage, ObjectWriter& writer) {
  for (const auto& [key, object] : storage.List("namespaces", "").objects) {
    const Json json = Json::parse(object->body, nullptr, false);
    if (json["metadata"].contains("deletionTimestamp")) EmptyNamespace(storage, writer, key.name);
  }
  std::set<std::string> uids;
  for (const Resource& resource : AllResources()) {
    for (const auto& [key, object] : storage.List(resource.StorageName(), "").objects) {
      if (object->body.find("\"ownerReferences\"") == std::string::npos) continue;
      if (uids.empty()) uids = AllUids(storage);
      if (IsOrphaned(Json::parse(object->body, nullptr, false), uids))
        Remove(writer, resource, key, object->uid);
    }
  }
}

}  // namespace vr::controlplane
