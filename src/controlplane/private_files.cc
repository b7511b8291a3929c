#include "controlplane/private_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace vr::controlplane {
namespace {

namespace fs = std::filesystem;

Error Failure(const std::string& what, const fs::path& path) {
  return Error{
      ErrorKind::kUnavailable, what + " " + path.string() + ": " + std::strerror(errno), {}};
}

}  // namespace

Result<std::optional<std::string>> ReadFile(const fs::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return std::optional<std::string>();
  if (fd < 0) return Failure("cannot read", path);
  std::string text;
  std::array<char, 16384> part{};
  while (true) {
    const ssize_t size = read(fd, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    const Error error = Failure("cannot read", path);
    if (size <= 0) close(fd);
    if (size < 0) return error;
    if (size == 0) return std::optional(std::move(text));
    text.append(part.data(), static_cast<size_t>(size));
  }
}

Status WritePrivateFile(const fs::path& path, const std::string& text) {
  const fs::path part = path.string() + ".part";
  const int fd = open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failure("cannot write", part);
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t size = write(fd, text.data() + done, text.size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      const Error error = Failure("cannot write", part);
      close(fd);
      return error;
    }
    done += static_cast<size_t>(size);
  }
  const bool kept = fchmod(fd, 0600) == 0 && fsync(fd) == 0;
  close(fd);
  if (!kept || rename(part.c_str(), path.c_str()) != 0) return Failure("cannot write", path);
  return {};
}

Status TouchPrivateFile(const fs::path& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Failure("cannot write", path);
  const bool closed_to_others = fchmod(fd, 0600) == 0;
  const Error error = Failure("cannot protect", path);
  close(fd);
  if (!closed_to_others) return error;
  return {};
}

Status MakePrivateFolder(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (!code) fs::permissions(path, fs::perms::owner_all, code);
  if (code)
    return Error{
        ErrorKind::kUnavailable, "cannot make folder " + path.string() + ": " + code.message(), {}};
  return {};
}

Result<std::unique_ptr<FolderLock>> FolderLock::Take(const fs::path& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Failure("cannot open", path);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return Error{ErrorKind::kUnavailable,
                 "folder " + path.parent_path().string() +
                     " is in use by another process: stop it, or choose another folder",
                 {}};
  }
  return std::unique_ptr<FolderLock>(new FolderLock(fd));
}

FolderLock::~FolderLock() { close(fd_); }

}  // namespace vr::controlplane
