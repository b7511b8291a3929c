#include "controlplane/audit.h"

#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "controlplane/object_rules.h"

namespace vr::controlplane {
namespace {

Json UserOf(const User& user) {
  Json out = {{"username", user.name}, {"groups", user.groups}};
  if (!user.uid.empty()) out["uid"] = user.uid;
  return out;
}

Json ObjectRef(const Attributes& attributes) {
  Json ref = {{"resource", attributes.resource}, {"apiVersion", "v1"}};
  if (attributes.group == "infra.virtrigaud.io") ref["apiVersion"] = "v1beta1";
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) ref[name] = value;
  };
  add("apiGroup", attributes.group);
  add("namespace", attributes.ns);
  add("name", attributes.name);
  add("subresource", attributes.subresource);
  return ref;
}

}  // namespace

std::string AuditIdOf(const net::HttpRequest& request) {
  constexpr size_t kMaxId = 64;
  const auto given = request.headers.find("Audit-ID");
  if (given == request.headers.end() || given->second.empty()) return NewUid();
  return given->second.substr(0, kMaxId);
}

vr::Status CodeRecorder::Send(net::HttpResponse response) {
  code_ = response.status;
  return out_.Send(std::move(response));
}

vr::Status CodeRecorder::Start(int status, net::Headers headers) {
  code_ = status;
  return out_.Start(status, std::move(headers));
}

bool IsAudited(const Attributes& attributes, int code) {
  if (code == 401 || code == 403) return true;
  const std::string& verb = attributes.verb;
  if (verb == "get" || verb == "list" || verb == "watch") return false;
  if (!attributes.path.empty()) return verb == "post";  // a backup, a restore
  return attributes.resource != "leases" && attributes.resource != "events" &&
         attributes.subresource != "status" && !attributes.resource.ends_with("reviews");
}

std::string AuditEvent(const AuditedRequest& audited) {
  const Attributes& attributes = audited.attributes;
  const Requester& requester = audited.requester;
  const std::string& address = audited.peer.address;
  Json event = {{"kind", "Event"},
                {"apiVersion", "audit.k8s.io/v1"},
                {"level", "Metadata"},
                {"auditID", audited.id},
                {"stage", "ResponseComplete"},
                {"requestURI", audited.request.url},
                {"verb", attributes.verb},
                {"user", UserOf(requester.impersonator.value_or(requester.user))},
                {"sourceIPs", {address.substr(0, address.rfind(':'))}},
                {"userAgent", net::HeaderOr(audited.request.headers, "User-Agent")},
                {"responseStatus", {{"metadata", Json::object()}, {"code", audited.code}}},
                {"requestReceivedTimestamp", FormatMicroTimestamp(audited.received)},
                {"stageTimestamp", FormatMicroTimestamp(audited.answered)}};
  if (requester.impersonator) event["impersonatedUser"] = UserOf(requester.user);
  if (attributes.path.empty()) event["objectRef"] = ObjectRef(attributes);
  // A client may send any bytes; the log stays readable.
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vr::controlplane
