#include "controlplane/responses.h"

#include <nlohmann/json.hpp>

#include "controlplane/body.h"
#include "controlplane/table.h"

namespace vr::controlplane {

net::HttpResponse JsonResponse(int status, const Json& body,
                               const std::vector<std::string>& warnings) {
  net::HttpResponse response;
  response.status = status;
  response.headers.emplace("Content-Type", "application/json");
  for (const std::string& warning : warnings)
    response.headers.emplace("Warning", WarningHeader(warning));
  response.body = body.dump();
  return response;
}

void Respond(net::ResponseWriter& out, const Outcome<Json>& result) {
  (void)out.Send(result ? JsonResponse(200, *result) : StatusResponse(result.failure()));
}

void RespondWritten(net::ResponseWriter& out, const Resource& resource, Form form, WallTime now,
                    const Outcome<Written>& result) {
  if (!result) {
    (void)out.Send(StatusResponse(result.failure()));
    return;
  }
  Json body = *result->object;
  // An account is shown once more when it is deleted, as Kubernetes does it.
  if (result->removed && resource.type.kind != "ServiceAccount") {
    const Json& meta = body["metadata"];
    body = Deleted(resource, meta.value("name", ""), meta.value("uid", ""));
    form = Form::kObject;
  }
  if (form == Form::kTable) {
    const Json version = body["metadata"].value("resourceVersion", Json());
    body = MakeTable(resource, {body}, now, true);
    if (!version.is_null()) body["metadata"]["resourceVersion"] = version;
  }
  if (form == Form::kMetadata) body = MetadataOf(body);
  (void)out.Send(JsonResponse(result->created ? 201 : 200, body, result->warnings));
}

}  // namespace vr::controlplane
