#include "controlplane/status.h"

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

std::string Qualified(const Resource& resource) { return resource.QualifiedName(); }

std::shared_ptr<const Json> Details(const Resource& resource, const std::string& name,
                                    const std::string& kind) {
  Json details = {{"kind", kind}};
  if (!name.empty()) details["name"] = name;
  if (!resource.type.group.empty()) details["group"] = resource.type.group;
  return std::make_shared<const Json>(std::move(details));
}

Failure Invalid(const std::string& qualified_kind, const std::string& name, Json details,
                const std::vector<api::FieldError>& errors) {
  details["causes"] = api::InvalidCauses(errors);
  return {422, "Invalid",
          qualified_kind + " \"" + name + "\" is invalid: " + api::InvalidMessage(errors),
          std::make_shared<const Json>(std::move(details))};
}

}  // namespace

Json StatusObject(const Failure& failure) {
  Json status = {{"kind", "Status"},    {"apiVersion", "v1"},         {"metadata", Json::object()},
                 {"status", "Failure"}, {"message", failure.message}, {"code", failure.code}};
  if (!failure.reason.empty()) status["reason"] = failure.reason;
  if (failure.details) status["details"] = *failure.details;
  return status;
}

std::string WarningHeader(const std::string& text) {
  std::string quoted = "299 - \"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + "\"";
}

net::HttpResponse StatusResponse(const Failure& failure) {
  net::HttpResponse response;
  response.status = failure.code;
  response.headers.emplace("Content-Type", "application/json");
  if (failure.code == 429 || (failure.details && failure.details->contains("retryAfterSeconds")))
    response.headers.emplace("Retry-After", "1");
  for (const std::string& warning : failure.warnings)
    response.headers.emplace("Warning", WarningHeader(warning));
  // Refusals quote what strangers sent.
  response.body = StatusObject(failure).dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

Failure NotFound(const Resource& resource, const std::string& name) {
  return {404, "NotFound", Qualified(resource) + " \"" + name + "\" not found",
          Details(resource, name, resource.type.plural)};
}

Failure AlreadyExists(const Resource& resource, const std::string& name) {
  return {409, "AlreadyExists", Qualified(resource) + " \"" + name + "\" already exists",
          Details(resource, name, resource.type.plural)};
}

Failure Conflict(const Resource& resource, const std::string& name, const std::string& why) {
  return {409, "Conflict",
          "Operation cannot be fulfilled on " + Qualified(resource) + " \"" + name + "\": " + why,
          Details(resource, name, resource.type.plural)};
}

Failure ConflictOfKind(const Resource& resource, const std::string& name, const std::string& why) {
  const std::string kind =
      resource.type.kind + (resource.type.group.empty() ? "" : "." + resource.type.group);
  return {409, "Conflict", "Operation cannot be fulfilled on " + kind + " \"" + name + "\": " + why,
          Details(resource, name, resource.type.kind)};
}

Failure Invalid(const Resource& resource, const std::string& name,
                const std::vector<api::FieldError>& errors) {
  // What is wrong with an Event is told as of core v1, whichever API it came through.
  if (resource.IsNewEvent()) return Invalid(*FindResource("", "v1", "events"), name, errors);
  const std::string kind =
      resource.type.kind + (resource.type.group.empty() ? "" : "." + resource.type.group);
  return Invalid(kind, name, *Details(resource, name, resource.type.kind), errors);
}

Failure InvalidOptions(const std::string& kind, const std::vector<api::FieldError>& errors) {
  return Invalid(kind + ".meta.k8s.io", "", {{"group", "meta.k8s.io"}, {"kind", kind}}, errors);
}

Failure WrongKind(const Resource& resource, const std::string& kind, const std::string& name,
                  const std::vector<api::FieldError>& more) {
  std::vector<api::FieldError> errors = {
      {api::FieldErrorType::kInvalid, "kind", Json(kind).dump(), "must be " + resource.type.kind}};
  errors.insert(errors.end(), more.begin(), more.end());
  return Invalid(kind + "." + resource.type.group, name, *Details(resource, name, kind), errors);
}

Failure InvalidPatch(const Json& patched, const std::string& why) {
  return Invalid("", "", Json::object(),
                 {{api::FieldErrorType::kInvalid, "patch", Json(patched.dump()).dump(), why}});
}

Failure InvalidUpdate(const Resource& resource, const std::string& name) {
  return Invalid(Qualified(resource), name, *Details(resource, name, resource.type.plural),
                 {{api::FieldErrorType::kInvalid, "metadata.resourceVersion", "0",
                   "must be specified for an update"}});
}

net::HttpResponse PageNotFound() {
  net::HttpResponse response;
  response.status = 404;
  response.headers.emplace("Content-Type", "text/plain; charset=utf-8");
  response.body = "404 page not found\n";
  return response;
}

Json Deleted(const Resource& resource, const std::string& name, const std::string& uid) {
  Json details = *Details(resource, name, resource.type.plural);
  details["uid"] = uid;
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"metadata", Json::object()},
          {"status", "Success"},
          {"details", std::move(details)}};
}

Failure Generic(int code, const std::string& reason, const std::string& message) {
  return {code, reason, message, std::make_shared<const Json>(Json::object())};
}

Failure MethodNotAllowed() {
  return Generic(405, "MethodNotAllowed",
                 "the server does not allow this method on the requested resource");
}

Failure UnknownResource() {
  return Generic(404, "NotFound", "the server could not find the requested resource");
}

Failure NotDecodable(const Resource& resource, const std::string& why) {
  return BadRequest(resource.type.kind + " in version \"" + resource.type.version +
                    "\" cannot be handled as a " + resource.type.kind + ": " + why);
}

Failure NotAcceptable(const std::string& served) {
  return Simple(406, "NotAcceptable", "only the following media types are accepted: " + served);
}

Failure BadRequest(const std::string& message) { return Simple(400, "BadRequest", message); }

Failure Forbidden(const Resource& resource, const std::string& name, const std::string& why) {
  return {403, "Forbidden", Qualified(resource) + " \"" + name + "\" is forbidden: " + why,
          Details(resource, name, resource.type.plural)};
}

Failure NotSupported(const Resource& resource, const std::string& method) {
  const char* action = method == "DELETE" ? "delete" : method == "POST" ? "create" : "";
  return {405, "MethodNotAllowed",
          action + std::string(" is not supported on resources of kind \"") + Qualified(resource) +
              "\"",
          Details(resource, "", resource.type.plural)};
}

Failure Simple(int code, const std::string& reason, const std::string& message) {
  return {code, reason, message, nullptr};
}

}  // namespace vr::controlplane
