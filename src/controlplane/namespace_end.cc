#include "controlplane/namespace_end.h"

#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "controlplane/namespace_conditions.h"

namespace vr::controlplane {
namespace {

constexpr const char* kManager = "namespace-controller";

// Deletes all that is in the namespace; the rest waits for whoever set its finalizers.
NamespaceContent DeleteContent(const Storage& storage, ObjectWriter& writer,
                               const std::string& ns) {
  constexpr int kGone = 404;
  NamespaceContent left;
  for (const Resource& resource : AllResources()) {
    if (!resource.type.namespaced) continue;
    for (const auto& [key, object] : storage.List(resource.StorageName(), ns).objects) {
      const Outcome<Written> deleted = writer.Delete(
          {.resource = &resource, .key = key, .manager = kManager}, {.uid = object->uid});
      if (deleted ? deleted->removed : deleted.failure().code == kGone) continue;
      // Kubernetes writes the dot of the core group, which has no name, as well.
      ++left.objects[resource.type.plural + "." + resource.type.group];
      if (!deleted) {
        left.failures.insert(deleted.failure().message);
        continue;
      }
      for (const std::string& name :
           api::Texts(api::Member(*deleted->object, "metadata"), "finalizers"))
        ++left.finalizers[name];
    }
  }
  return left;
}

WriteRequest Request(const kube::Key& key, const char* subresource) {
  return {.resource = FindResource("", "v1", "namespaces"),
          .key = key,
          .subresource = subresource,
          .manager = kManager};
}

// Written only if there is news. With the version: of two passes at once, one writes.
void Report(ObjectWriter& writer, const kube::Key& key, const Stored& stored,
            const NamespaceContent& left, WallTime now) {
  const Json object = Json::parse(stored.body, nullptr, false);
  const Json& before = api::Member(api::Member(object, "status"), "conditions");
  const Json conditions = NamespaceConditions(before, left, now);
  if (conditions == before) return;
  (void)writer.Patch(Request(key, "status"), PatchKind::kMerge,
                     {{"metadata", {{"resourceVersion", std::to_string(stored.version)}}},
                      {"status", {{"conditions", conditions}}}});
}

}  // namespace

void EndNamespace(const Storage& storage, ObjectWriter& writer, const kube::Key& key,
                  const Stored& stored, WallTime now) {
  const NamespaceContent left = DeleteContent(storage, writer, key.name);
  Report(writer, key, stored, left, now);
  if (!left.objects.empty()) return;
  (void)writer.Patch(Request(key, "finalize"), PatchKind::kMerge,
                     {{"spec", {{"finalizers", nullptr}}}});
}

}  // namespace vr::controlplane
