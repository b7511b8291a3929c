#include "cli/local/run_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vr::cli {
namespace {

struct flock WholeFile() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

// Locks of the open file description: they neither vanish when some other descriptor of the same
// file is closed, nor need the holder to be another process.
Result<std::unique_ptr<RunLock>> RunLock::Take(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Error{
        ErrorKind::kInvalidSpec, "cannot open " + path.string() + ": " + std::strerror(errno), {}};
  }
  struct flock lock = WholeFile();
  if (::fcntl(fd, F_OFD_SETLK, &lock) != 0) {
    const int code = errno;
    ::close(fd);
    if (code == EAGAIN || code == EACCES)
      return Error{ErrorKind::kConflict, path.string() + " is locked", {}};
    return Error{
        ErrorKind::kInvalidSpec,
        "cannot lock " + path.string() + ": " + std::strerror(code) + "; use a local file system",
        {}};
  }
  return std::unique_ptr<RunLock>(new RunLock(fd));
}

bool RunLock::IsHeld(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  struct flock lock = WholeFile();
  const bool held = ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(fd);
  return held;
}

RunLock::~RunLock() { ::close(fd_); }

}  // namespace vr::cli
