// Sets of fields as metadata.managedFields keeps them (FieldsV1).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "controlplane/resource.h"
#include "controlplane/status.h"

namespace vr::controlplane {

// Steps as in FieldsV1: "f:name" is a member, `v:"text"` an item of a set, `k:{"uid":"1"}` an item
// of a list with keys. Lists are one value, but for finalizers (a set) and owners (by uid).
using FieldPath = std::vector<std::string>;

// As the API server lists fields: those that end at a level, then those that go deeper.
struct FieldOrder {
  bool operator()(const FieldPath& a, const FieldPath& b) const;
};
using FieldSet = std::set<FieldPath, FieldOrder>;

// The fields that an object sets, without what nobody manages (apiVersion, kind, metadata of the
// server). With `interior` also the maps that hold them, where they count as fields of their own.
FieldSet FieldsOf(const Resource& resource, const Json& object, bool interior);

// The value at a path, or nullptr.
const Json* FindField(const Json& object, const FieldPath& path);
void SetField(Json& object, const FieldPath& path, const Json& value);
// Removes the field, and what is empty around it then.
void EraseField(Json& object, const FieldPath& path, size_t depth = 0);

Json EncodeFields(const FieldSet& fields);
FieldSet DecodeFields(const Json& fields);

// ".spec.disks", as messages show it.
std::string ShowField(const FieldPath& path);

}  // namespace vr::controlplane
