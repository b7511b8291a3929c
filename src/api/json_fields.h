// Reading and writing members of JSON objects whose types were checked before: what is absent, or
// of another type all the same, gives the fallback.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/admission.h"
#include "api/v1beta1/common.h"
#include "base/result.h"
#include "kube/meta_json.h"

namespace vr::api {

const Json& Member(const Json& object, const char* name);  // null if there is none
std::string Text(const Json& object, const char* name, const std::string& fallback = "");
bool Flag(const Json& object, const char* name, bool fallback = false);
std::vector<std::string> Texts(const Json& object, const char* name);
std::map<std::string, std::string> TextMap(const Json& object, const char* name);
int64_t Mebibytes(const Json& object, const char* name);  // of a quantity, rounded up
ObjectRef Ref(const Json& object);
std::optional<ObjectRef> OptionalRef(const Json& object);
std::string NameOf(const Json& object, const char* reference);  // reference.name
std::optional<WallTime> Time(const Json& object, const char* name);
// What is no duration gives the fallback: validation has a finding about it.
Duration Span(const Json& object, const char* name, Duration fallback);
std::string JsonText(const Json& value);  // "" for null

// The whole number, held to what 64 bits hold.
std::optional<int64_t> Integer(const Json& object, const char* name);

// The same, held to what Number holds.
template <class Number>
std::optional<Number> OptionalWhole(const Json& object, const char* name) {
  const auto value = Integer(object, name);
  if (!value) return std::nullopt;
  return static_cast<Number>(std::clamp<int64_t>(*value, std::numeric_limits<Number>::min(),
                                                 std::numeric_limits<Number>::max()));
}

template <class Number>
Number Whole(const Json& object, const char* name, Number fallback = 0) {
  return OptionalWhole<Number>(object, name).value_or(fallback);
}

// Writes what is not empty.
void Put(Json& out, const char* name, const std::string& value);
void Put(Json& out, const char* name, const std::optional<WallTime>& value);
void PutCommon(Json& out, const std::vector<kube::Condition>& conditions,
               int64_t observed_generation);

Resources DecodeResources(const Json& json);
VmDisk DecodeDisk(const Json& json);
VmNetwork DecodeNetwork(const Json& json);
TemplateMeta DecodeTemplateMeta(const Json& json);
RetryPolicy DecodeRetry(const Json& options);
// `own` gives what the target does not say: name and namespace.
TargetVm DecodeTarget(const Json& json, const kube::ObjectMeta& own);

// A stored object, ready to be read.
struct PreparedObject {
  std::shared_ptr<const Json> json;   // aliases moved, defaults filled in
  std::vector<std::string> findings;  // what is wrong with the spec
};

// Validation comes with decoding, once for each change that is seen, so that a look at an object at
// rest costs nothing. A status is nobody's wish: what is wrong there is left to its readers.
PreparedObject Prepared(const char* kind_name, const Json& object);

template <class T>
Result<T> WithMeta(const PreparedObject& prepared) {
  const Json& object = *prepared.json;
  T typed;
  typed.findings = prepared.findings;
  VR_ASSIGN_OR_RETURN(typed.meta, kube::DecodeMeta(object));
  VR_ASSIGN_OR_RETURN(
      typed.status.conditions,
      kube::DecodeConditions(Member(Member(object, "status"), "conditions"), "status.conditions"));
  typed.status.observed_generation = Whole<int64_t>(Member(object, "status"), "observedGeneration");
  return typed;
}

}  // namespace vr::api

#define VR_TYPE(object_type, kind_name)                                  \
  const ResourceType& ResourceTraits<object_type>::Type() {              \
    static const ResourceType resource = api::FindKind(kind_name)->type; \
    return resource;                                                     \
  }
