// The scale subresource: an autoscaling/v1 Scale in front of an object's replicas.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "controlplane/object_writer.h"
#include "controlplane/reader.h"

namespace vr::controlplane {

// The Scale of an object of a resource that has one.
Json ScaleOf(const Resource& resource, const Json& object);

Outcome<Json> ReadScale(const ReadDeps& deps, const ResourceRequest& request);

// Sets the replicas that `scale` asks for, if the object still has its metadata.resourceVersion
// (when it gives one). Answers with the new Scale.
Outcome<Written> WriteScale(ObjectWriter& writer, const WriteRequest& request, const Json& scale);

// The live Scale with a patch applied, for WriteScale.
Outcome<Json> PatchedScale(const Resource& resource, Json live, PatchKind kind, const Json& patch);

// A Scale in the form that was asked for.
Outcome<Json> ScaleAs(Form form, Json scale, WallTime now);

// 400 for what is no Scale, or one of another object.
std::optional<Failure> CheckScale(const Json& scale, const std::string& name);

}  // namespace vr::controlplane
