#include "cli/local/data_dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/utf8.h"
#include "controlplane/private_files.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;

Error Refuse(const fs::path& path, const std::string& why) {
  return Error{ErrorKind::kInvalidSpec, "data folder " + path.string() + " " + why, {}};
}

}  // namespace

DataDir DataDirOf(const Env& env, const std::string& flag) {
  const fs::path chosen = flag.empty() ? env.DataDir() : fs::path(ExpandHome(flag, env.home));
  std::error_code ec;
  const fs::path absolute = fs::absolute(chosen, ec).lexically_normal();
  return {absolute.has_filename() ? absolute : absolute.parent_path()};
}

Status CheckDataDir(const DataDir& dir) {
  // It stands in records and in the kubeconfig.
  if (!IsUtf8(dir.root.string()))
    return Refuse(dir.root,
                  "has a name that is not text (UTF-8); choose another one with --data-dir");
  struct stat info {};
  if (::stat(dir.root.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return Refuse(dir.root, std::string("cannot be used: ") + std::strerror(errno) +
                                "; choose another one with --data-dir");
  }
  if (!S_ISDIR(info.st_mode))
    return Refuse(dir.root, "is a file; choose another one with --data-dir");
  if ((info.st_mode & S_ISVTX) != 0 || dir.root == dir.root.root_path()) {
    return Refuse(dir.root, "is shared with others; name a folder below it with --data-dir");
  }
  if (info.st_uid != ::geteuid()) {
    return Refuse(dir.root, "belongs to user id " + std::to_string(info.st_uid) +
                                " and we run as " + std::to_string(::geteuid()) +
                                "; run as that user, or choose another one with --data-dir");
  }
  if (::access(dir.root.c_str(), R_OK | W_OK | X_OK) != 0) {
    return Refuse(dir.root, "cannot be written to; run 'chmod u+rwx " + dir.root.string() +
                                "', or choose another one with --data-dir");
  }
  return {};
}

Status PrepareDataDir(const DataDir& dir) {
  VR_RETURN_IF_ERROR(CheckDataDir(dir));
  for (const fs::path& folder : {dir.root, dir.ManagerDir(), dir.LogDir()}) {
    if (const Status made = controlplane::MakePrivateFolder(folder); !made) {
      return Error{ErrorKind::kInvalidSpec,
                   made.error().message + "; choose another folder with --data-dir",
                   {}};
    }
  }
  return {};
}

std::uintmax_t DiskUse(const DataDir& dir) {
  std::uintmax_t bytes = 0;
  std::error_code ec;
  fs::recursive_directory_iterator at(dir.root, fs::directory_options::skip_permission_denied, ec);
  for (; !ec && at != fs::recursive_directory_iterator(); at.increment(ec)) {
    std::error_code gone;  // files come and go while a control plane runs
    if (!at->is_regular_file(gone) || gone) continue;
    const std::uintmax_t size = at->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace vr::cli
