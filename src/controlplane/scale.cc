#include "controlplane/scale.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "controlplane/patches.h"
#include "controlplane/reader.h"
#include "controlplane/table.h"

namespace vr::controlplane {
namespace {

Json::json_pointer Pointer(std::string path) {
  std::replace(path.begin(), path.end(), '.', '/');
  return Json::json_pointer(path);
}

Json At(const Json& object, const std::string& path) {
  const auto pointer = Pointer(path);
  return object.contains(pointer) ? object.at(pointer) : Json();
}

}  // namespace

Json ScaleOf(const Resource& resource, const Json& object) {
  const api::ScalePaths& paths = *resource.kind->scale;
  const auto number = [](const Json& value) { return value.is_number_integer() ? value : Json(0); };
  Json scale = {{"apiVersion", "autoscaling/v1"}, {"kind", "Scale"}};
  for (const char* field : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}) {
    if (object["metadata"].contains(field)) scale["metadata"][field] = object["metadata"][field];
  }
  scale["spec"]["replicas"] = number(At(object, paths.spec_replicas));
  scale["status"]["replicas"] = number(At(object, paths.status_replicas));
  const Json selector = At(object, paths.label_selector);
  if (selector.is_string() && !selector.get<std::string>().empty())
    scale["status"]["selector"] = selector;
  return scale;
}

Outcome<Json> ReadScale(const ReadDeps& deps, const ResourceRequest& request) {
  Outcome<Json> object = GetObject(deps, request, {}, Form::kObject);
  if (!object) return object;
  return ScaleOf(*request.resource, *object);
}

Outcome<Written> WriteScale(ObjectWriter& writer, const WriteRequest& request, const Json& scale) {
  const Json replicas = At(scale, ".spec.replicas");
  if (!replicas.is_null() && (!replicas.is_number_integer() || replicas < 0)) {
    return Invalid(*request.resource, request.key.name,
                   {{api::FieldErrorType::kInvalid, ".spec.replicas", replicas.dump(),
                     "should be a non-negative integer"},
                    {api::FieldErrorType::kInvalid, "spec.replicas", replicas.dump(),
                     "spec.replicas in body should be greater than or equal to 0"}});
  }
  Json patch;
  patch[Pointer(request.resource->kind->scale->spec_replicas)] =
      replicas.is_null() ? Json(0) : replicas;
  const Json version = At(scale, ".metadata.resourceVersion");
  if (version.is_string() && !version.get<std::string>().empty())
    patch["metadata"]["resourceVersion"] = version;
  Outcome<Written> written = writer.Patch(request, PatchKind::kMerge, patch);
  if (!written) return written;
  written->object = std::make_shared<const Json>(ScaleOf(*request.resource, *written->object));
  return written;
}

Outcome<Json> PatchedScale(const Resource& resource, Json live, PatchKind kind, const Json& patch) {
  if (kind == PatchKind::kApply)
    return Simple(415, "UnsupportedMediaType", "a Scale cannot be applied; patch or replace it");
  // The version that was read holds only if the patch itself asks for it.
  live["metadata"].erase("resourceVersion");
  return ApplyPatch(resource, live, kind, patch);
}

Outcome<Json> ScaleAs(Form form, Json scale, WallTime now) {
  static const Resource scales = [] {
    Resource resource;
    resource.type = {"autoscaling", "v1", "Scale", "scales", true};
    resource.columns = {
        {"Desired", "integer", ".spec.replicas", 0, "Number of desired replicas"},
        {"Available", "integer", ".status.replicas", 0, "Number of observed replicas"},
        {"Age", "date", ".metadata.creationTimestamp", 0, "Time since creation"}};
    return resource;
  }();
  if (form == Form::kMetadata) return MetadataOf(scale);
  if (form != Form::kTable) return scale;
  Json table = MakeTable(scales, {scale}, now, true);
  table["metadata"]["resourceVersion"] = scale["metadata"].value("resourceVersion", "");
  return table;
}

std::optional<Failure> CheckScale(const Json& scale, const std::string& name) {
  const Json kind = At(scale, ".kind");
  if (kind.is_string() && kind != "Scale")
    return BadRequest(
        "no kind is registered for the type v1.Scale in scheme \"pkg/runtime/scheme.go:110\"");
  const Json own = At(scale, ".metadata.name");
  if (own.is_string() && own != "" && own != name)
    return BadRequest("the name of the object (" + own.get<std::string>() +
                      ") does not match the name on the URL (" + name + ")");
  return std::nullopt;
}

}  // namespace vr::controlplane
