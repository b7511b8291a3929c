#include "kube/patch.h"

#include <nlohmann/json.hpp>

#include "kube/meta_json.h"

namespace vr::kube {

Json MergePatchBetween(const Json& before, const Json& after) {
  Json patch = Json::object();
  if (!before.is_object() || !after.is_object()) return before == after ? patch : after;
  for (const auto& [name, value] : before.items()) {
    if (!after.contains(name)) patch[name] = nullptr;
  }
  for (const auto& [name, value] : after.items()) {
    const auto old = before.find(name);
    if (old == before.end()) {
      patch[name] = value;
    } else if (*old != value) {
      patch[name] = old->is_object() && value.is_object() ? MergePatchBetween(*old, value) : value;
    }
  }
  return patch;
}

void ApplyMergePatch(Json& target, const Json& patch) { target.merge_patch(patch); }

Result<std::string> PatchStatus(const Context& ctx, const Client& client, const ResourceType& type,
                                const ObjectMeta& meta, const Json& before, const Json& after) {
  const Json difference = MergePatchBetween(before, after);
  if (difference.empty()) return meta.resource_version;
  const Json patch = {{"metadata", {{"uid", meta.uid}, {"resourceVersion", meta.resource_version}}},
                      {"status", difference}};
  VR_ASSIGN_OR_RETURN(const Json written,
                      client.Patch(ctx, type, meta.key(), PatchType::kMerge, patch,
                                   WriteOptions{.subresource = "status"}));
  return ResourceVersionOf(written);
}

Result<Json> PatchFinalizers(const Context& ctx, const Client& client, const ResourceType& type,
                             const ObjectMeta& meta, const std::vector<std::string>& finalizers) {
  Json patch;
  patch["metadata"] = {
      {"uid", meta.uid}, {"resourceVersion", meta.resource_version}, {"finalizers", finalizers}};
  return client.Patch(ctx, type, meta.key(), PatchType::kMerge, patch);
}

}  // namespace vr::kube
