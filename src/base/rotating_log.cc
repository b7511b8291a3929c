#include "base/rotating_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <sstream>

namespace vr {

namespace fs = std::filesystem;

Result<std::unique_ptr<RotatingLog>> RotatingLog::Open(fs::path path, uint64_t limit) {
  std::unique_ptr<RotatingLog> log(new RotatingLog(std::move(path), limit));
  VR_RETURN_IF_ERROR(log->Reopen());
  return log;
}

RotatingLog::~RotatingLog() { Close(); }

void RotatingLog::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Status RotatingLog::Reopen() {
  Close();
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct stat info {};
  if (fd_ < 0 || ::fchmod(fd_, 0600) != 0 || ::fstat(fd_, &info) != 0) {
    return Error{ErrorKind::kInvalidSpec,
                 "cannot write the log " + path_.string() + ": " + std::strerror(errno),
                 {}};
  }
  size_ = static_cast<uint64_t>(info.st_size);
  return {};
}

void RotatingLog::Write(std::string_view text) {
  if (fd_ >= 0 && size_ > 0 && size_ + text.size() > limit_) {
    std::error_code ec;
    fs::rename(path_, path_.string() + ".1", ec);
    if (!ec) Close();
  }
  if (fd_ < 0 && !Reopen()) return;  // the next line tries again
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    size_ += static_cast<uint64_t>(written);
    text.remove_prefix(static_cast<size_t>(written));
  }
}

std::string LastLines(const std::string& text, size_t lines) {
  std::istringstream in(text);
  std::deque<std::string> last;
  for (std::string line; std::getline(in, line);) {
    last.push_back(std::move(line));
    if (last.size() > lines) last.pop_front();
  }
  std::string shown;
  for (const std::string& line : last) shown += "  " + line + "\n";
  return shown;
}

std::string TailOf(const fs::path& path, size_t lines) {
  constexpr std::streamoff kFarEnough = 64 << 10;
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - kFarEnough));
  return LastLines({std::istreambuf_iterator<char>(in), {}}, lines);
}

}  // namespace vr
