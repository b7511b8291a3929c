// vrtg version.

#include "base/version.h"

#include <nlohmann/json.hpp>

#include "cli/json_util.h"
#include "cli/printer.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

Result<Json> ServerVersion(Env& env) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  net::HttpRequest request;
  request.url = "/version";
  VR_ASSIGN_OR_RETURN(const net::HttpResponse response,
                      connection.client->Raw(env.Ctx(), std::move(request)));
  const Json document = Json::parse(response.body, nullptr, false);
  if (response.status != 200 || !document.is_object()) {
    return Error{ErrorKind::kUnavailable,
                 "/version answered HTTP status " + std::to_string(response.status),
                 {}};
  }
  return Json{{"gitVersion", TextAt(document, "/gitVersion")}, {"server", connection.server}};
}

}  // namespace

Status Version(Env& env, bool client_only) {
  Json answer = {{"clientVersion", {{"version", ProjectVersion()}}}};
  Status server;
  if (!client_only) {
    const Result<Json> found = ServerVersion(env);
    if (found) answer["serverVersion"] = *found;
    server = found.status();
  }
  if (!env.settings.output.table()) {
    PrintObject(env.out, env.settings.output, answer);
    return server;
  }
  env.out << "Client: vrtg " << ProjectVersion() << "\n";
  if (answer.contains("serverVersion")) {
    env.out << "Server: " << TextAt(answer, "/serverVersion/gitVersion") << " at "
            << TextAt(answer, "/serverVersion/server") << "\n";
  }
  if (!server) return server.error().Wrap("asking the API server (--client leaves that out)");
  return {};
}

}  // namespace vr::cli
