#include "controlplane/status.h"

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

// "virtualmachines.infra.virtrigaud.io"
std::string Qualified(const Resource& resource) { return resource.StorageName(); }

std::shared_ptr<const Json> Details(const Resource& resource, const std::string& name,
                                    const std::string& kind) {
  Json details = {{"kind", kind}};
  if (!name.empty()) details["name"] = name;
  if (!resource.type.group.empty()) details["group"] = resource.type.group;
  return std::make_shared<const Json>(std::move(details));
}

}  // namespace

Json StatusObject(const Failure& failure) {
  Json status = {{"kind", "Status"},    {"apiVersion", "v1"},         {"metadata", Json::object()},
                 {"status", "Failure"}, {"message", failure.message}, {"reason", failure.reason},
                 {"code", failure.code}};
  if (failure.details) status["details"] = *failure.details;
  return status;
}

net::HttpResponse StatusResponse(const Failure& failure) {
  net::HttpResponse response;
  response.status = failure.code;
  response.headers.emplace("Content-Type", "application/json");
  if (failure.code == 429) response.headers.emplace("Retry-After", "1");
  response.body = StatusObject(failure).dump();
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

Failure Invalid(const Resource& resource, const std::string& name,
                const std::vector<api::FieldError>& errors) {
  std::string text;
  Json causes = Json::array();
  for (const api::FieldError& error : errors) {
    text += (text.empty() ? "" : ", ") + error.Message();
    const std::string message = error.Message();
    causes.push_back({{"reason", error.Reason()},
                      {"message", message.substr(message.find(": ") + 2)},
                      {"field", error.path}});
  }
  if (errors.size() > 1) text = "[" + text + "]";
  const std::string kind =
      resource.type.kind + (resource.type.group.empty() ? "" : "." + resource.type.group);
  Json details = *Details(resource, name, resource.type.kind);
  details["causes"] = std::move(causes);
  return {422, "Invalid", kind + " \"" + name + "\" is invalid: " + text,
          std::make_shared<const Json>(std::move(details))};
}

Failure BadRequest(const std::string& message) { return Simple(400, "BadRequest", message); }
Failure Forbidden(const std::string& message) { return Simple(403, "Forbidden", message); }
Failure Simple(int code, const std::string& reason, const std::string& message) {
  return {code, reason, message, nullptr};
}

}  // namespace vr::controlplane
