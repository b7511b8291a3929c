#include "controlplane/garbage.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "controlplane/namespace_end.h"

namespace vr::controlplane {
namespace {

void Remove(ObjectWriter& writer, const Resource& resource, const kube::Key& key,
            const std::string& uid) {
  (void)writer.Delete({.resource = &resource, .key = key, .manager = "garbage-collector"},
                      {.uid = uid});
}

const Resource* ResourceOf(const Located& located) {
  const auto& all = AllResources();
  const auto it = std::find_if(all.begin(), all.end(), [&](const Resource& resource) {
    return resource.StorageName() == located.resource;
  });
  return it == all.end() ? nullptr : &*it;
}

// True if the object has owners and none of them exists any more.
bool IsOrphaned(const Storage& storage, const Json& meta) {
  return std::none_of(meta["ownerReferences"].begin(), meta["ownerReferences"].end(),
                      [&](const Json& owner) { return storage.HasUid(owner.value("uid", "")); });
}

bool HasFinalizer(const Json& meta, const char* name) {
  return meta.contains("finalizers") && meta["finalizers"].is_array() &&
         std::find(meta["finalizers"].begin(), meta["finalizers"].end(), name) !=
             meta["finalizers"].end();
}

void DropFinalizer(ObjectWriter& writer, const Resource& resource, const kube::Key& key,
                   const Json& meta, const char* name) {
  Json rest = Json::array();
  for (const Json& finalizer : meta["finalizers"]) {
    if (finalizer != name) rest.push_back(finalizer);
  }
  // With the version: a finalizer that was added meanwhile is not lost.
  (void)writer.Patch(
      {.resource = &resource, .key = key, .manager = "garbage-collector"}, PatchKind::kMerge,
      {{"metadata", {{"finalizers", rest}, {"resourceVersion", meta["resourceVersion"]}}}});
}

// Calls visit(resource, key, metadata) for every object that names `uid` as an owner.
template <class Visit>
void ForDependents(const Storage& storage, const std::string& uid, const Visit& visit) {
  for (const Located& located : storage.Linked()) {
    const Resource* resource = ResourceOf(located);
    if (!located.object->links.owned || resource == nullptr) continue;
    const Json meta = Json::parse(located.object->body, nullptr, false)["metadata"];
    for (const Json& owner : meta["ownerReferences"]) {
      if (owner.value("uid", "") == uid) visit(*resource, located.key, meta);
    }
  }
}

// Lets go of an owner that waits for its dependents: deletes them, or takes its name off them.
void FinishPropagation(const Storage& storage, ObjectWriter& writer, const Resource& resource,
                       const kube::Key& key, const Json& meta) {
  const std::string uid = meta.value("uid", "");
  if (HasFinalizer(meta, "orphan")) {
    ForDependents(storage, uid, [&](const Resource& other, const kube::Key& at, const Json& its) {
      Json owners = Json::array();
      for (const Json& owner : its["ownerReferences"]) {
        if (owner.value("uid", "") != uid) owners.push_back(owner);
      }
      (void)writer.Patch({.resource = &other, .key = at, .manager = "garbage-collector"},
                         PatchKind::kMerge, {{"metadata", {{"ownerReferences", owners}}}});
    });
    DropFinalizer(writer, resource, key, meta, "orphan");
  } else if (HasFinalizer(meta, "foregroundDeletion")) {
    bool alone = true;
    ForDependents(storage, uid, [&](const Resource& other, const kube::Key& at, const Json& its) {
      Remove(writer, other, at, its.value("uid", ""));
      alone = alone && !storage.Get(other.StorageName(), at);
    });
    if (alone) DropFinalizer(writer, resource, key, meta, "foregroundDeletion");
  }
}

}  // namespace

void CollectGarbageOnce(const Storage& storage, ObjectWriter& writer, WallTime now) {
  for (const Located& located : storage.Linked()) {
    const Resource* resource = ResourceOf(located);
    if (!located.object->links.propagates || resource == nullptr) continue;
    const Json meta = Json::parse(located.object->body, nullptr, false)["metadata"];
    FinishPropagation(storage, writer, *resource, located.key, meta);
  }
  for (const auto& [key, object] : storage.List("namespaces", "").objects) {
    if (object->links.deleting) EndNamespace(storage, writer, key, *object, now);
  }
  for (const Located& located : storage.Linked()) {
    const Resource* resource = ResourceOf(located);
    if (!located.object->links.owned || resource == nullptr) continue;
    const Json meta = Json::parse(located.object->body, nullptr, false)["metadata"];
    if (IsOrphaned(storage, meta)) Remove(writer, *resource, located.key, located.object->uid);
  }
}

}  // namespace vr::controlplane
