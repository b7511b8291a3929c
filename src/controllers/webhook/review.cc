#include "controllers/webhook/review.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "api/admission.h"
#include "api/kinds.h"
#include "base/base64.h"
#include "base/result.h"

namespace vr::controllers {
namespace {

using Json = nlohmann::json;

constexpr const char* kOther = "other";

// Deeper ones would be walked by recursion, here and in libraries. The API server's own limit on
// structural schemas is lower.
constexpr int kMaxDepth = 256;

bool TooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

const Json& Member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto it = object.find(name);
  return it == object.end() ? none : *it;
}

std::string Text(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  return value.is_string() ? value.get<std::string>() : "";
}

Error Malformed(const std::string& why) { return {ErrorKind::kInvalidSpec, why, {}}; }

ReviewAnswer Refusal(const Error& error) {
  return {.status = 400, .body = error.message + "\n", .kind = kOther, .outcome = "malformed"};
}

// The request of a review of that kind, with a uid.
Result<Json> ParseRequest(std::string_view text, const std::string& group, const char* kind) {
  if (TooDeep(text)) return Malformed("the body nests deeper than 256 levels");
  Json review = Json::parse(text, nullptr, false);
  if (review.is_discarded()) return Malformed("the body is not JSON");
  const std::string wanted = group + "/v1";
  if (Text(review, "kind") != kind || Text(review, "apiVersion") != wanted) {
    return Malformed(std::string("the body is no ") + kind + " of " + wanted + " but " +
                     (review.is_object()
                          ? "'" + Text(review, "kind") + "' of '" + Text(review, "apiVersion") + "'"
                          : std::string("of type ") + review.type_name()));
  }
  if (!Member(review, "request").is_object())
    return Malformed(std::string(kind) + ": request is missing or not an object");
  if (Text(review["request"], "uid").empty())
    return Malformed(std::string(kind) + ": request.uid is missing");
  return std::move(review["request"]);
}

std::string Review(const std::string& group, const char* kind, Json response) {
  // Texts of strangers are quoted in messages: what is no UTF-8 must not stop the answer.
  return Json{{"apiVersion", group + "/v1"}, {"kind", kind}, {"response", std::move(response)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

constexpr const char* kAdmissionGroup = "admission.k8s.io";
constexpr const char* kConversionGroup = "apiextensions.k8s.io";

// A review that is about an object, looked at for the first time.
struct Admission {
  std::string uid, operation, subresource, name;
  const api::KindInfo* kind = nullptr;  // null: none of ours
  std::string kind_text;
  Json before, after;  // null where there is none
};

Result<Admission> ParseAdmission(std::string_view text) {
  VR_ASSIGN_OR_RETURN(Json request, ParseRequest(text, kAdmissionGroup, "AdmissionReview"));
  Admission out;
  out.uid = Text(request, "uid");
  out.operation = Text(request, "operation");
  out.subresource = Text(request, "subResource");
  const Json& kind = Member(request, "kind");
  out.kind_text = Text(kind, "group") + "/" + Text(kind, "version") + " " + Text(kind, "kind");
  if (Text(kind, "group") == api::kGroup && Text(kind, "version") == api::kVersion)
    out.kind = api::FindKind(Text(kind, "kind"));
  out.after = Member(request, "object");
  out.before = Member(request, "oldObject");
  const bool writes = out.operation == "CREATE" || out.operation == "UPDATE";
  if (writes && !out.after.is_object())
    return Malformed("AdmissionReview: request.object is missing or not an object");
  if (out.operation == "UPDATE" && !out.before.is_object())
    return Malformed("AdmissionReview: request.oldObject is missing or not an object");
  out.name = Text(request, "name");
  if (out.name.empty()) out.name = Text(Member(out.after, "metadata"), "name");
  if (out.name.empty()) out.name = Text(Member(out.after, "metadata"), "generateName");
  return out;
}

ReviewAnswer Answer(const Admission& admission, Json response) {
  response["uid"] = admission.uid;
  const bool allowed = response.value("allowed", false);
  return {.status = 200,
          .body = Review(kAdmissionGroup, "AdmissionReview", std::move(response)),
          .kind = admission.kind == nullptr ? kOther : admission.kind->type.kind,
          .outcome = allowed ? "allowed" : "denied"};
}

Json Allowed(const std::vector<std::string>& warnings = {}) {
  Json response = {{"allowed", true}};
  if (!warnings.empty()) response["warnings"] = warnings;
  return response;
}

Json UnknownKind(const Admission& admission) {
  return Allowed({"virtrigaud does not know " + admission.kind_text +
                  ": nothing was checked; is the manager older than the CRD?"});
}

// The API server's words for an object that is not valid.
Json InvalidStatus(const Admission& admission, const std::vector<api::FieldError>& errors) {
  const kube::ResourceType& type = admission.kind->type;
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"metadata", Json::object()},
          {"status", "Failure"},
          {"message", type.kind + "." + type.group + " \"" + admission.name +
                          "\" is invalid: " + api::InvalidMessage(errors)},
          {"reason", "Invalid"},
          {"details",
           {{"name", admission.name},
            {"group", type.group},
            {"kind", type.kind},
            {"causes", api::InvalidCauses(errors)}}},
          {"code", 422}};
}

// Whether the update is about something else than the spec.
bool LeavesSpecAlone(const Admission& admission) {
  return admission.operation == "UPDATE" &&
         Member(admission.before, "spec") == Member(admission.after, "spec");
}

bool Writes(const Admission& admission) {
  return (admission.operation == "CREATE" || admission.operation == "UPDATE") &&
         admission.subresource.empty();
}

bool Deleting(const Json& object) {
  return !Member(Member(object, "metadata"), "deletionTimestamp").is_null();
}

Json ConversionFailure(const std::string& uid, const std::string& message) {
  return {{"uid", uid},
          {"convertedObjects", Json::array()},
          {"result", {{"status", "Failure"}, {"message", message}}}};
}

Json Convert(const std::string& uid, const std::string& wanted, Json objects) {
  const std::string served = std::string(api::kGroup) + "/" + api::kVersion;
  if (wanted != served)
    return ConversionFailure(uid, "'" + wanted + "' is not served; " + served + " is");
  for (Json& object : objects) {
    const std::string version = Text(object, "apiVersion");
    const std::string name = Text(Member(object, "metadata"), "name");
    if (version != served) {
      return ConversionFailure(
          uid, "cannot convert '" + name + "' of '" + version + "': only " + served + " is known");
    }
    if (api::FindKind(Text(object, "kind")) == nullptr) {
      return ConversionFailure(
          uid, "cannot convert '" + name + "': kind '" + Text(object, "kind") + "' is not known");
    }
    object["apiVersion"] = wanted;
  }
  return {
      {"uid", uid}, {"convertedObjects", std::move(objects)}, {"result", {{"status", "Success"}}}};
}

}  // namespace

ReviewAnswer ValidateReview(std::string_view text, const ChangeAdvisor& advise) {
  const Result<Admission> admission = ParseAdmission(text);
  if (!admission) return Refusal(admission.error());
  if (!Writes(*admission)) return Answer(*admission, Allowed());
  if (admission->kind == nullptr) return Answer(*admission, UnknownKind(*admission));
  if (Deleting(admission->after)) return Answer(*admission, Allowed());
  const bool update = admission->operation == "UPDATE";
  api::AdmissionResult found =
      api::Validate(*admission->kind, update ? &admission->before : nullptr, admission->after);
  if (!found.ok() && !LeavesSpecAlone(*admission)) {
    return Answer(*admission, {{"allowed", false},
                               {"status", InvalidStatus(*admission, found.errors)},
                               {"warnings", found.warnings}});
  }
  for (const api::FieldError& error : found.errors)
    found.warnings.push_back("not valid, nobody acts on it: " + error.Message());
  if (update && found.ok() && advise) {
    for (std::string& advice :
         advise(admission->kind->type.kind, admission->before, admission->after))
      found.warnings.push_back(std::move(advice));
  }
  return Answer(*admission, Allowed(found.warnings));
}

ReviewAnswer MutateReview(std::string_view text) {
  const Result<Admission> admission = ParseAdmission(text);
  if (!admission) return Refusal(admission.error());
  if (!Writes(*admission)) return Answer(*admission, Allowed());
  if (admission->kind == nullptr) return Answer(*admission, UnknownKind(*admission));
  Json defaulted = admission->after;
  api::ApplyDefaults(*admission->kind, defaulted);
  Json response = Allowed();
  const Json patch = Json::diff(admission->after, defaulted);
  if (!patch.empty()) {
    response["patchType"] = "JSONPatch";
    response["patch"] = EncodeBase64(patch.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return Answer(*admission, std::move(response));
}

ReviewAnswer ConvertReview(std::string_view text) {
  Result<Json> request = ParseRequest(text, kConversionGroup, "ConversionReview");
  if (!request) return Refusal(request.error());
  const std::string uid = Text(*request, "uid");
  if (!Member(*request, "objects").is_array())
    return Refusal(Malformed("ConversionReview: request.objects is missing or not a list"));
  ReviewAnswer answer;
  answer.kind = kOther;
  const Json& objects = (*request)["objects"];
  const std::string kind = objects.empty() ? "" : Text(objects[0], "kind");
  if (const api::KindInfo* info = api::FindKind(kind)) answer.kind = info->type.kind;
  Json response = Convert(uid, Text(*request, "desiredAPIVersion"), objects);
  if (response["result"]["status"] != "Success") answer.outcome = "denied";
  answer.body = Review(kConversionGroup, "ConversionReview", std::move(response));
  return answer;
}

}  // namespace vr::controllers
