// What an API server does with an object before it stores it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "kube/object.h"

namespace vr::api {

struct KindInfo;
struct MovedAlias;  // alias_values.h
using Json = nlohmann::json;

enum class FieldErrorType {
  kRequired,
  kInvalid,
  kNotSupported,
  kTypeInvalid,
  kForbidden,
  kDuplicate,
  kTooLong,
  kTooMany
};

// A finding at one field, in the API server's terms.
struct FieldError {
  FieldErrorType type = FieldErrorType::kInvalid;
  std::string path;       // "spec.disks[0].sizeGiB"
  std::string bad_value;  // JSON text; empty for kRequired and kForbidden
  std::string detail;     // what would be right

  // "spec.cpu: Invalid value: 0: spec.cpu in body should be greater than or equal to 1"
  std::string Message() const;
  // "FieldValueInvalid": the cause's reason in a Status object.
  std::string Reason() const;
};

// What a Status of reason Invalid says of its errors: "spec.cpu: Required value", several in
// brackets, and details.causes, an array.
std::string InvalidMessage(const std::vector<FieldError>& errors);
Json InvalidCauses(const std::vector<FieldError>& errors);

struct AdmissionResult {
  std::vector<FieldError> errors;
  std::vector<std::string> warnings;
  bool ok() const { return errors.empty(); }
};

// Removes what the schema does not know; returns the paths of what was removed.
std::vector<std::string> PruneUnknown(const KindInfo& kind, Json& object);

// Fills in the schema's defaults, as structural schemas do: a missing field of an object that is
// there. Drops fields that are null.
void ApplyDefaults(const KindInfo& kind, Json& object);

// Checks types and constraints, then the rules that span fields, and on updates (`old_object` not
// null) what may not change. Warnings: aliases in use, and settings that the provider type cannot
// honour.
// `found` is what others found before; like the API server's own schema errors, some of it keeps
// the rules from being checked, and then an error says so.
AdmissionResult Validate(const KindInfo& kind, const Json* old_object, const Json& object,
                         const std::vector<FieldError>& found = {});

// A copy with every alias moved to its canonical field; what is stored keeps the user's spelling.
// Errors: both forms set to different values. `moved` says what came from where.
Json Canonical(const KindInfo& kind, const Json& object, AdmissionResult& result,
               std::vector<MovedAlias>* moved = nullptr);

}  // namespace vr::api
