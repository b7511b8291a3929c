#include "controlplane/options.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "controlplane/decoding.h"

namespace vr::controlplane {
namespace {

using api::FieldError;
using api::FieldErrorType;

bool IsNumber(const std::string& text) {
  return text.find_first_not_of("0123456789") == std::string::npos && text.size() < 19;
}

std::string Unparsable(const char* function, const std::string& text) {
  return std::string("strconv.") + function + ": parsing " + Json(text).dump() + ": invalid syntax";
}

std::string BadVersion(const std::string& version) {
  return "resourceVersion: Invalid value: " + Json(version).dump() + ": " +
         Unparsable("ParseUint", version);
}

void CheckDryRun(const Query& query, std::vector<FieldError>& errors) {
  const std::string value = Get(query, "dryRun");
  if (!value.empty() && value != "All") {
    errors.push_back({FieldErrorType::kNotSupported, "dryRun", Json::array({value}).dump(),
                      "supported values: \"All\""});
  }
}

void CheckManager(const Query& query, bool is_apply, std::vector<FieldError>& errors) {
  constexpr size_t kMaxLength = 128;
  const std::string manager = Get(query, "fieldManager");
  if (manager.size() > kMaxLength) {
    errors.push_back(
        {FieldErrorType::kTooLong, "fieldManager", "", "may not be more than 128 bytes"});
  }
  for (size_t i = 0; i < manager.size(); ++i) {
    const auto byte = static_cast<unsigned char>(manager[i]);
    if (byte >= 0x20 && byte != 0x7F) continue;
    static constexpr std::string_view kHex = "0123456789abcdef";
    const std::string hex{kHex[byte >> 4U], kHex[byte & 15U]};
    const std::string shown = manager.substr(0, i) + "\\x" + hex + manager.substr(i + 1);
    std::string upper = hex;
    for (char& c : upper) c = static_cast<char>(c >= 'a' ? c - 32 : c);
    errors.push_back(
        {FieldErrorType::kInvalid, "fieldManager", "\"" + shown + "\"",
         "invalid character U+00" + upper + " (at position " + std::to_string(i) + ")"});
    break;
  }
  if (is_apply && manager.empty()) {
    errors.push_back(
        {FieldErrorType::kRequired, "fieldManager", "", "is required for apply patch"});
  }
}

void CheckListMatch(const Query& query, std::vector<FieldError>& errors) {
  const std::string match = Get(query, "resourceVersionMatch");
  const std::string version = Get(query, "resourceVersion");
  const auto forbid = [&](const char* field, const std::string& why) {
    errors.push_back({FieldErrorType::kForbidden, field, "", why});
  };
  if (query.contains("sendInitialEvents"))
    forbid("sendInitialEvents", "sendInitialEvents is forbidden for list");
  if (match.empty()) return;
  const char* field = "resourceVersionMatch";
  if (version.empty())
    forbid(field, "resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (!Get(query, "continue").empty())
    forbid(field, "resourceVersionMatch is forbidden when continue is provided");
  if (match != "Exact" && match != "NotOlderThan") {
    errors.push_back({FieldErrorType::kNotSupported, field, Json(match).dump(),
                      R"(supported values: "Exact", "NotOlderThan", "")"});
  } else if (match == "Exact" && version == "0") {
    forbid(field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
  }
}

std::string DeleteOptionsProblem(const Json& body) {
  const auto check = [](const Json& object, const char* name, JsonShape shape, const char* of) {
    return object.is_object() && object.contains(name)
               ? ShapeProblem(object[name], shape, std::string(of) + name)
               : std::string();
  };
  static constexpr std::pair<const char*, JsonShape> kFields[] = {
      {"gracePeriodSeconds", JsonShape::kLong},
      {"preconditions", JsonShape::kObject},
      {"orphanDependents", JsonShape::kBoolean},
      {"propagationPolicy", JsonShape::kText},
      {"dryRun", JsonShape::kTextList}};
  for (const auto& [name, shape] : kFields) {
    const std::string problem = check(body, name, shape, "DeleteOptions.");
    if (problem.empty()) continue;
    if (shape == JsonShape::kObject) return OfType(problem, "v1.Preconditions");
    return shape == JsonShape::kText ? OfType(problem, "v1.DeletionPropagation") : problem;
  }
  const Json preconditions = body.is_object() ? body.value("preconditions", Json()) : Json();
  for (const char* name : {"uid", "resourceVersion"}) {
    std::string problem =
        check(preconditions, name, JsonShape::kText, "Preconditions.preconditions.");
    if (!problem.empty())
      return std::string_view(name) == "uid" ? OfType(problem, "types.UID") : problem;
  }
  return "";
}

}  // namespace

std::optional<Failure> CheckWriteOptions(const Query& query, const std::string& kind,
                                         bool is_apply) {
  std::vector<FieldError> errors;
  if (kind == "PatchOptions" && !is_apply && query.contains("force")) {
    errors.push_back(
        {FieldErrorType::kForbidden, "force", "", "may not be specified for non-apply patch"});
  }
  CheckManager(query, is_apply, errors);
  CheckDryRun(query, errors);
  const std::string validation = Get(query, "fieldValidation");
  if (!validation.empty() && validation != "Ignore" && validation != "Warn" &&
      validation != "Strict") {
    errors.push_back({FieldErrorType::kNotSupported, "fieldValidation", Json(validation).dump(),
                      "supported values: \"\", \"Ignore\", \"Strict\", \"Warn\""});
  }
  if (errors.empty()) return std::nullopt;
  return InvalidOptions(kind, errors);
}

std::optional<Failure> CheckDeleteOptions(const Query& query, const Json& body) {
  const std::string grace = Get(query, "gracePeriodSeconds");
  if (!IsNumber(grace.starts_with('-') ? grace.substr(1) : grace))
    return BadRequest(Unparsable("ParseInt", grace));
  if (const std::string problem = DeleteOptionsProblem(body); !problem.empty())
    return Simple(500, "", problem);
  std::vector<FieldError> errors;
  std::string policy = Get(query, "propagationPolicy");
  if (body.is_object() && body.contains("propagationPolicy") &&
      body["propagationPolicy"].is_string())
    policy = body["propagationPolicy"].get<std::string>();
  if (!policy.empty() && policy != "Foreground" && policy != "Background" && policy != "Orphan") {
    errors.push_back({FieldErrorType::kNotSupported, "propagationPolicy", Json(policy).dump(),
                      R"(supported values: "Foreground", "Background", "Orphan", "nil")"});
  }
  const bool orphan =
      body.is_object() && body.contains("orphanDependents") && !body["orphanDependents"].is_null();
  if (orphan && !policy.empty()) {
    errors.push_back({FieldErrorType::kInvalid, "propagationPolicy", Json(policy).dump(),
                      "orphanDependents and deletionPropagation cannot be both set"});
  }
  CheckDryRun(query, errors);
  const Json dry_run = body.is_object() ? body.value("dryRun", Json()) : Json();
  if (dry_run.is_array() && !dry_run.empty() && dry_run != Json::array({"All"})) {
    errors.push_back(
        {FieldErrorType::kNotSupported, "dryRun", dry_run.dump(), "supported values: \"All\""});
  }
  if (errors.empty()) return std::nullopt;
  return InvalidOptions("DeleteOptions", errors);
}

std::optional<Failure> CheckGetOptions(const Query& query) {
  if (IsTrue(query, "export")) {
    return BadRequest("the export parameter, deprecated since v1.14, is no longer supported");
  }
  const std::string version = Get(query, "resourceVersion");
  if (IsNumber(version)) return std::nullopt;
  return Simple(500, "", BadVersion(version));
}

std::optional<Failure> CheckListOptions(const Query& query, bool is_watch) {
  for (const char* name : {"limit", "timeoutSeconds"}) {
    const std::string value = Get(query, name);
    if (!IsNumber(value.starts_with('-') ? value.substr(1) : value))
      return BadRequest(Unparsable("ParseInt", value));
  }
  const std::string version = Get(query, "resourceVersion");
  const std::string match = Get(query, "resourceVersionMatch");
  std::vector<FieldError> errors;
  const auto forbid = [&](const char* field, const char* why) {
    errors.push_back({FieldErrorType::kForbidden, field, "", why});
  };
  const bool initial = query.contains("sendInitialEvents");
  if (is_watch && initial && match != "NotOlderThan") {
    forbid("resourceVersionMatch",
           "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  if (is_watch && !initial && !match.empty()) {
    forbid("resourceVersionMatch",
           "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  }
  if (is_watch && !match.empty() && match != "NotOlderThan") {
    errors.push_back({FieldErrorType::kNotSupported, "resourceVersionMatch", Json(match).dump(),
                      "supported values: \"NotOlderThan\""});
  }
  if (!is_watch) CheckListMatch(query, errors);
  if (!errors.empty()) return InvalidOptions("ListOptions", errors);
  if (!version.empty() && !IsNumber(version)) {
    const std::string why = BadVersion(version);
    return is_watch ? Simple(500, "", why) : BadRequest("invalid resource version: " + why);
  }
  if (!Get(query, "continue").empty() && !version.empty() && version != "0")
    return BadRequest("specifying resource version is not allowed when using continue");
  return std::nullopt;
}

}  // namespace vr::controlplane
