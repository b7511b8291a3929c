#include "cli/local/process_id.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "net/wake_event.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kReplaced = " (deleted)";

// The system call itself: the C library's header does not declare its function for C++.
int OpenPidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

std::optional<ProcessId> IdentifyProcess(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  // "pid (name) state ...": the name may hold anything, so fields are counted from its last ")".
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return std::nullopt;
  constexpr int kFromStateToStart = 19;
  for (int i = 0; i < kFromStateToStart; ++i) fields >> field;
  ProcessId process{pid, 0};
  std::istringstream(field) >> process.start;
  if (process.start == 0) return std::nullopt;
  return process;
}

fs::path ProgramOf(pid_t pid) {
  std::error_code ec;
  std::string path = fs::read_symlink("/proc/" + std::to_string(pid) + "/exe", ec).string();
  if (path.ends_with(kReplaced)) path.resize(path.size() - kReplaced.size());
  return path;
}

std::optional<ProcessHandle> ProcessHandle::Open(const ProcessId& process) {
  if (process.pid <= 0) return std::nullopt;
  const int fd = OpenPidfd(process.pid);
  if (fd < 0) return std::nullopt;
  ProcessHandle handle(fd);
  // Asked only now: whatever has this number from here on, the descriptor means the one we check.
  if (IdentifyProcess(process.pid) != process) return std::nullopt;
  return handle;
}

ProcessHandle::ProcessHandle(ProcessHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

ProcessHandle::~ProcessHandle() {
  if (fd_ >= 0) ::close(fd_);
}

void ProcessHandle::Signal(int number) const {
  ::syscall(SYS_pidfd_send_signal, fd_, number, nullptr, 0);
}

Status ProcessHandle::WaitGone(const Context& ctx) const {
  net::WakeEvent wake;
  const std::stop_callback on_stop(ctx.stop(), [&wake] { wake.Set(); });
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::min<Duration>(ctx.Remaining(), std::chrono::seconds(10)));
    pollfd items[] = {{fd_, POLLIN, 0}, {wake.fd(), POLLIN, 0}};
    ::poll(items, 2, static_cast<int>(left.count()));
    if (items[0].revents != 0) return {};
    VR_RETURN_IF_ERROR(ctx.Check("waiting for a process to end"));
  }
}

}  // namespace vr::cli
