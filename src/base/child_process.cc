#include "base/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace vr {
namespace {

Error SystemError(const std::string& what, int code) {
  const ErrorKind kind =
      code == ENOENT || code == EACCES ? ErrorKind::kNotFound : ErrorKind::kUnavailable;
  return Error{kind, what + ": " + std::strerror(code), {}};
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// What the child needs between fork and exec, all of it made before: only async-signal-safe calls
// are allowed there.
struct Prepared {
  std::vector<std::string> arguments, variables;
  std::vector<char*> argv, envp;
  int input = -1, output = -1, error_pipe = -1;
  pid_t parent = 0;
};

[[noreturn]] void Become(const Prepared& prepared) {
  const auto fail = [&] {
    const int code = errno;
    [[maybe_unused]] const auto written = write(prepared.error_pipe, &code, sizeof code);
    _exit(127);
  };
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != prepared.parent) _exit(127);  // it went between fork and prctl
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (dup2(prepared.input, STDIN_FILENO) < 0) fail();
  if (prepared.output >= 0 &&
      (dup2(prepared.output, STDOUT_FILENO) < 0 || dup2(prepared.output, STDERR_FILENO) < 0))
    fail();
  execve(prepared.argv[0], prepared.argv.data(), prepared.envp.data());
  fail();
  _exit(127);
}

// A file descriptor that closes itself.
struct Fd {
  explicit Fd(int value) : fd(value) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { Close(); }
  void Close() {
    if (fd >= 0) close(std::exchange(fd, -1));
  }
  int fd;
};

int OpenPidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

std::string ChildExit::ToString() const {
  return signal != 0 ? "was ended by signal " + std::to_string(signal)
                     : "exited with code " + std::to_string(code);
}

Result<ChildProcess> ChildProcess::Start(const ChildOptions& options) {
  Prepared prepared;
  prepared.arguments = options.arguments;
  for (const auto& [name, value] : options.environment)
    prepared.variables.push_back(name + "=" + value);
  prepared.argv = Pointers(prepared.arguments);
  prepared.envp = Pointers(prepared.variables);
  prepared.parent = getpid();
  const Fd input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Fd output(options.log_file.empty() ? -1
                                           : open(options.log_file.c_str(),
                                                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!options.log_file.empty() && output.fd < 0)
    return SystemError("open the log " + options.log_file, errno);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("make a pipe", errno);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  prepared.input = input.fd;
  prepared.output = output.fd;
  prepared.error_pipe = write_end.fd;

  const pid_t pid = fork();
  if (pid < 0) return SystemError("start " + options.arguments[0], errno);
  if (pid == 0) Become(prepared);
  write_end.Close();
  int code = 0;
  ssize_t got = 0;
  do got = read(read_end.fd, &code, sizeof code);
  while (got < 0 && errno == EINTR);
  ChildProcess child(pid, OpenPidfd(pid));
  if (got == static_cast<ssize_t>(sizeof code)) {
    child.Reap();
    return SystemError("start " + options.arguments[0], code);
  }
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      exit_(other.exit_) {}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    Reap();
  }
  if (pidfd_ >= 0) close(pidfd_);
}

ChildExit ChildProcess::Reap() {
  if (pid_ < 0) return exit_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFEXITED(status)) exit_.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) exit_.signal = WTERMSIG(status);
  return exit_;
}

Result<ChildExit> ChildProcess::Wait(const Context& ctx) {
  if (pid_ < 0) return exit_;
  const Fd wake(eventfd(0, EFD_CLOEXEC));
  const std::stop_callback on_stop(ctx.stop(), [&wake] {
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake.fd, &one, sizeof one);
  });
  while (true) {
    constexpr Duration kLongest = std::chrono::minutes(1);
    const auto patience = std::chrono::ceil<std::chrono::milliseconds>(
        std::clamp(ctx.Remaining(), Duration::zero(), kLongest));
    pollfd ready[] = {{pidfd_, POLLIN, 0}, {wake.fd, POLLIN, 0}};
    poll(ready, 2, static_cast<int>(patience.count()));
    if ((ready[0].revents & POLLIN) != 0) return Reap();
    VR_RETURN_IF_ERROR(ctx.Check("wait for process " + std::to_string(pid_)));
  }
}

ChildExit ChildProcess::Terminate(Duration grace) {
  if (pid_ < 0) return exit_;
  kill(pid_, SIGTERM);
  if (const auto ended = Wait(Context().WithTimeout(grace))) return *ended;
  kill(pid_, SIGKILL);
  return Reap();
}

}  // namespace vr
