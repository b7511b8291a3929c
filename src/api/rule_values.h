// Looking into objects, for the checks of rules.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/rules.h"

namespace vr::api {

// The value at a dotted path without list items; null where there is none.
const Json& ValueAt(const Json& object, const std::string& path);
bool IsSet(const Json& object, const std::string& path);
// "" where there is no text.
std::string TextAt(const Json& object, const std::string& path);
// metadata.namespace.
std::string NamespaceOf(const Json& object);

// Without what means the same as nothing: empty texts and objects, and a namespace that is the
// object's own.
Json Bare(const Json& value, const std::string& own_namespace);

// Adds the rule's own error.
void Blame(const Rule& rule, std::vector<FieldError>& errors);
void Blame(const Rule& rule, std::vector<FieldError>& errors, const Json& value);

std::string ParentOf(const std::string& path);
std::string LeafOf(const std::string& path);

}  // namespace vr::api
