#include "controlplane/maintenance.h"

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

Failure FailureOf(const Error& error) {
  const bool asked_wrongly =
      error.kind == ErrorKind::kInvalidSpec || error.kind == ErrorKind::kConflict;
  return Simple(asked_wrongly ? 422 : 500, asked_wrongly ? "Invalid" : "InternalError",
                error.message);
}

}  // namespace

std::optional<Outcome<Json>> HandleMaintenance(Storage& storage,
                                               const std::filesystem::path& folder,
                                               const std::string& path, const std::string& body,
                                               const std::function<vr::Status()>& restored) {
  const bool backup = path == "/virtrigaud/backup";
  if (!backup && path != "/virtrigaud/restore") return std::nullopt;
  const Json json = Json::parse(body, nullptr, false);
  const std::string name =
      json.is_object() && json.contains("file") && json["file"].is_string() ? json["file"] : "";
  // Nothing outside of the folder is read or written for a client.
  if (name.empty() || name.find('/') != std::string::npos || name.front() == '.')
    return Outcome<Json>(
        BadRequest(R"(the body has to be {"file": NAME}, a name without folders)"));
  if (folder.empty()) return Outcome<Json>(BadRequest("this server keeps nothing on disk"));
  const std::string file = (folder / name).string();
  vr::Status done = backup ? storage.Backup(file) : storage.Restore(file);
  if (done && !backup) done = restored();
  if (!done) return Outcome<Json>(FailureOf(done.error()));
  return Outcome<Json>(
      Json{{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Success"}, {"code", 200}});
}

}  // namespace vr::controlplane
