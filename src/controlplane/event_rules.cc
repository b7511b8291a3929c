#include "controlplane/event_rules.h"

#include <nlohmann/json.hpp>
#include <string>

#include "controlplane/event_versions.h"
#include "controlplane/meta_rules.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;
using api::FieldErrorType;
using Errors = std::vector<api::FieldError>;

const Json& At(const Json& object, const char* name) {
  static const Json none;
  return object.is_object() && object.contains(name) ? object[name] : none;
}

std::string TextAt(const Json& object, const char* name) {
  const Json& value = At(object, name);
  return value.is_string() ? value.get<std::string>() : "";
}

void CheckText(const Json& event, const char* field, size_t limit, Errors& errors) {
  const std::string text = TextAt(event, field);
  if (text.empty()) errors.push_back({FieldErrorType::kRequired, field, "", ""});
  if (text.size() > limit) {
    errors.push_back({FieldErrorType::kInvalid, field, "\"\"",
                      "can have at most " + std::to_string(limit) + " characters"});
  }
}

// Events with an eventTime say who reports what he did.
void CheckReport(const Resource& resource, const Json& event, Errors& errors) {
  constexpr size_t kShort = 128;
  constexpr size_t kNote = 1024;
  const char* controller = resource.IsNewEvent() ? "reportingController" : "reportingComponent";
  const std::string name = TextAt(event, "reportingComponent");
  if (name.empty()) errors.push_back({FieldErrorType::kRequired, controller, "", ""});
  for (const std::string& why : QualifiedNameProblems(name))
    errors.push_back({FieldErrorType::kInvalid, controller, Json(name).dump(), why});
  CheckText(event, "reportingInstance", kShort, errors);
  CheckText(event, "action", kShort, errors);
  CheckText(event, "reason", kShort, errors);
  if (TextAt(event, "message").size() > kNote) {
    errors.push_back({FieldErrorType::kInvalid, "message", "\"\"",
                      "can have at most " + std::to_string(kNote) + " characters"});
  }
}

// An Event lives in the namespace of what it is about, and in "default" if that has none.
bool LivesWhereItShould(const Json& event, bool timed) {
  const std::string about = TextAt(At(event, "involvedObject"), "namespace");
  const std::string ns = TextAt(At(event, "metadata"), "namespace");
  if (about.empty()) return ns == "default" || (timed ? ns == "kube-system" : ns.empty());
  return timed || about == ns;
}

void CheckSeries(const Json& event, Errors& errors) {
  const Json& series = At(event, "series");
  if (!series.is_object()) return;
  if (const Json& count = At(series, "count"); !count.is_number() || count < 2) {
    errors.push_back({FieldErrorType::kInvalid, "series.count", "\"\"", "should be at least 2"});
  }
  if (TextAt(series, "lastObservedTime").empty())
    errors.push_back({FieldErrorType::kRequired, "series.lastObservedTime", "", ""});
}

void CheckNew(const Json& event, Errors& errors) {
  CheckSeries(event, errors);
  if (TextAt(event, "eventTime").empty())
    errors.push_back({FieldErrorType::kRequired, "eventTime", "", ""});
  if (const std::string type = TextAt(event, "type"); type != "Normal" && type != "Warning") {
    errors.push_back({FieldErrorType::kInvalid, "type", "\"\"", "has invalid value: " + type});
  }
  const auto refuse = [&](const char* field) {
    errors.push_back({FieldErrorType::kInvalid, field, "\"\"", "needs to be unset"});
  };
  for (const char* field : {"firstTimestamp", "lastTimestamp"}) {
    if (!TextAt(event, field).empty()) refuse(field);
  }
  if (const Json& count = At(event, "count"); !count.is_null() && count != 0) refuse("count");
  const Json& source = At(event, "source");
  if (!TextAt(source, "component").empty() || !TextAt(source, "host").empty()) refuse("source");
}

void CheckChange(const Json& old, const Json& event, Errors& errors) {
  if (At(old, "series") != At(event, "series")) CheckSeries(event, errors);
  for (const char* field :
       {"involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count",
        "type", "eventTime", "action", "related", "reportingComponent", "reportingInstance"}) {
    if (At(old, field) == At(event, field)) continue;
    const std::string name =
        std::string(field) == "reportingComponent" ? "reportingController" : field;
    errors.push_back(
        {FieldErrorType::kInvalid, name, At(event, field).dump(), "field is immutable"});
  }
}

}  // namespace

Errors CheckEvent(const Resource& resource, const Json& old, const Json& object) {
  Errors errors;
  const Json event = ToStored(resource, object);
  const bool timed = !TextAt(event, "eventTime").empty();
  if (!LivesWhereItShould(event, timed)) {
    const std::string about = TextAt(At(event, "involvedObject"), "namespace");
    errors.push_back({FieldErrorType::kInvalid, "involvedObject.namespace", Json(about).dump(),
                      "does not match event.namespace"});
  }
  if (timed) CheckReport(resource, event, errors);
  if (!resource.IsNewEvent()) return errors;
  if (old.is_null()) {
    CheckNew(event, errors);
  } else {
    CheckChange(ToStored(resource, old), event, errors);
  }
  return errors;
}

}  // namespace vr::controlplane
