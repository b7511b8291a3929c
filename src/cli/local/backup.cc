// vrtg backup, vrtg restore.
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "cli/local/running.h"
#include "cli/report.h"
#include "cli/vrtg/commands.h"
#include "controlplane/private_files.h"
#include "controlplane/storage.h"
#include "net/curl_http_client.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::chrono::minutes kPatience(5);

// A file of the data folder that is gone with the object: the server reads and writes no others.
class Handover {
 public:
  explicit Handover(const DataDir& dir) : path_(dir.root / ("backup-" + RandomHex(8) + ".db")) {}
  ~Handover() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;
  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

Status Ask(const Env& env, const DataDir& dir, const UpRecord& up, const std::string& what,
           const fs::path& file) {
  VR_ASSIGN_OR_RETURN(const auto ca, controlplane::ReadFile(dir.root / "pki" / "ca.crt"));
  VR_ASSIGN_OR_RETURN(const auto token, controlplane::ReadFile(dir.root / "token"));
  if (!ca || !token)
    return Error{ErrorKind::kInternal, "the credentials in " + dir.root.string() + " are gone", {}};
  VR_ASSIGN_OR_RETURN(const auto client, net::MakeCurlHttpClient({.ca_data = *ca}));
  VR_ASSIGN_OR_RETURN(
      const net::HttpResponse answer,
      client->Do(env.Ctx(kPatience), {.method = "POST",
                                      .url = up.url + "/virtrigaud/" + what,
                                      .headers = {{"Authorization", "Bearer " + *token},
                                                  {"Content-Type", "application/json"}},
                                      .body = Json{{"file", file.filename().string()}}.dump()}));
  if (answer.status < 300) return {};
  const Json status = Json::parse(answer.body, nullptr, false);
  return Error{
      answer.status == 422 ? ErrorKind::kInvalidSpec : ErrorKind::kInternal,
      "the API server: " + (status.is_object() ? status.value("message", "") : answer.body),
      {}};
}

Status Copy(const fs::path& from, const fs::path& to) {
  // Not the kind of error that a server which is away would give.
  if (const Status made = controlplane::TouchPrivateFile(to); !made)
    return Error{ErrorKind::kInvalidSpec, made.error().message, {}};
  std::error_code ec;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, ec);
  if (!ec) return {};
  fs::remove(to, ec);
  return Error{ErrorKind::kInvalidSpec, "cannot write " + to.string() + ": " + ec.message(), {}};
}

Result<std::unique_ptr<controlplane::Storage>> OpenStorage(const DataDir& dir) {
  const fs::path file = dir.root / "state.db";
  VR_RETURN_IF_ERROR(controlplane::TouchPrivateFile(file));
  return controlplane::Storage::Open({.path = file.string()});
}

}  // namespace

Status Backup(Env& env, const BackupOptions& options) {
  const DataDir dir = DataDirOf(env, options.data_dir);
  VR_RETURN_IF_ERROR(CheckDataDir(dir));
  if (fs::exists(options.file))
    return Error{ErrorKind::kConflict, options.file + " exists already: choose another name", {}};
  std::error_code ec;
  if (!fs::exists(dir.root / "state.db", ec)) {
    return Error{ErrorKind::kInvalidSpec,
                 "there is no state in " + dir.root.string() + "; --data-dir says where it is",
                 {}};
  }
  if (const auto up = RunningUp(dir)) {
    const Handover handover(dir);
    VR_RETURN_IF_ERROR(Ask(env, dir, *up, "backup", handover.path()));
    VR_RETURN_IF_ERROR(Copy(handover.path(), options.file));
  } else {
    VR_ASSIGN_OR_RETURN(const auto lock, LockDataDir(env, env.Ctx(kPatience), dir));
    VR_ASSIGN_OR_RETURN(const auto storage, OpenStorage(dir));
    VR_RETURN_IF_ERROR(storage->Backup(options.file));
  }
  env.out << "Backup written to " << options.file << " (" << fs::file_size(options.file, ec)
          << " bytes). It holds secrets: keep it as safe as the state itself." << std::endl;
  return {};
}

Status Restore(Env& env, const BackupOptions& options) {
  const DataDir dir = DataDirOf(env, options.data_dir);
  VR_RETURN_IF_ERROR(CheckDataDir(dir));
  if (!fs::is_regular_file(options.file))
    return WithHint({fs::exists(options.file) ? ErrorKind::kInvalidSpec : ErrorKind::kNotFound,
                     "there is no file " + options.file,
                     {}},
                    "");
  if (const auto up = RunningUp(dir)) {
    const Handover handover(dir);
    VR_RETURN_IF_ERROR(Copy(options.file, handover.path()));
    VR_RETURN_IF_ERROR(Ask(env, dir, *up, "restore", handover.path()));
  } else {
    VR_RETURN_IF_ERROR(PrepareDataDir(dir));
    VR_ASSIGN_OR_RETURN(const auto lock, LockDataDir(env, env.Ctx(kPatience), dir));
    VR_ASSIGN_OR_RETURN(const auto storage, OpenStorage(dir));
    VR_RETURN_IF_ERROR(storage->Restore(options.file));
  }
  env.out << "Restored " << options.file << " into " << dir.root.string()
          << ". VMs that were created after the backup stay on their hypervisors, without an object"
          << std::endl;
  return {};
}

}  // namespace vr::cli
