// Rules for metadata that hold for every kind.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "controlplane/resource.h"
#include "controlplane/status.h"

namespace vr::controlplane {

// Problems with name, namespace, labels, annotations, finalizers and owners; types are right
// already. `old` is null on create.
std::vector<api::FieldError> CheckMetadata(const Resource& resource, const Json& old,
                                           const Json& object);

// What is allowed, but ill-advised.
std::vector<std::string> MetadataWarnings(const Json& object);

// The API server's objection to a label's value, or "".
std::string LabelValueProblem(const std::string& value);
// The same for a label's key ("example.com/name").
std::vector<std::string> QualifiedNameProblems(const std::string& name);
std::string QualifiedNameProblem(const std::string& name);  // the first of them

}  // namespace vr::controlplane
