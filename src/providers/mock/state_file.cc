#include "providers/mock/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace vr::mock {
namespace {

constexpr auto kAskAgain = std::chrono::milliseconds(50);

Error Failed(const std::string& what, const std::string& path, int number) {
  return {ErrorKind::kUnavailable,
          "cannot " + what + " " + path + ": " + std::generic_category().message(number),
          {}};
}

// All of it, or errno.
int WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

}  // namespace

StateFile::~StateFile() {
  if (lock_ >= 0) ::close(lock_);
}

Status StateFile::Lock(const Context& ctx) {
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  std::error_code ignored;  // opening the file says what is wrong
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
  const std::string name = path_ + ".lock";
  lock_ = ::open(name.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock_ < 0) return Failed("open", name, errno);
  while (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return Failed("lock", name, errno);
    if (ctx.Sleep(kAskAgain)) continue;
    return Error{ErrorKind::kUnavailable,
                 "state file " + path_ +
                     " is in use by another process; stop it, or set "
                     "MOCK_STATE_FILE to another file",
                 {}};
  }
  return {};
}

Result<std::optional<std::string>> StateFile::Read() const {
  using Content = std::optional<std::string>;
  if (!std::filesystem::exists(path_)) return Content();
  std::ifstream in(path_, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return Failed("read", path_, EIO);
  return Content(std::move(content));
}

Status StateFile::Write(std::string_view content) const {
  const std::string part = path_ + ".part";
  const int fd = ::open(part.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failed("write", part, errno);
  const int problem = WriteAll(fd, content);
  ::close(fd);
  if (problem != 0) return Failed("write", part, problem);
  if (std::rename(part.c_str(), path_.c_str()) != 0) return Failed("replace", path_, errno);
  return {};
}

}  // namespace vr::mock
