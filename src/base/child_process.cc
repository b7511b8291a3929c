#include "base/child_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
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
  int input = -1, output = -1;
  int talk = -1;  // a byte comes before exec; errno goes back if exec failed
  pid_t parent = 0;
  bool with_parent = true;
};

[[noreturn]] void Become(const Prepared& prepared) {
  const auto fail = [&] {
    const int code = errno;
    [[maybe_unused]] const auto written = write(prepared.talk, &code, sizeof code);
    _exit(127);
  };
  if (prepared.with_parent) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != prepared.parent) _exit(127);  // it went between fork and prctl
  } else {
    setsid();
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (dup2(prepared.input, STDIN_FILENO) < 0) fail();
  if (prepared.output >= 0 &&
      (dup2(prepared.output, STDOUT_FILENO) < 0 || dup2(prepared.output, STDERR_FILENO) < 0))
    fail();
  // A listening socket that outlives us in the child would keep its port from the next run.
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  char go = 0;
  if (read(prepared.talk, &go, 1) != 1) _exit(127);
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

// Lets the child at the other end run its program; the errno of that, 0 once it runs.
int LetRun(int talk) {
  if (send(talk, "g", 1, MSG_NOSIGNAL) != 1) return errno;
  int code = 0;
  ssize_t got = 0;
  do got = read(talk, &code, sizeof code);
  while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof code) ? code : 0;
}

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
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return SystemError("make a socket pair", errno);
  const Fd ours(ends[0]);
  Fd theirs(ends[1]);
  prepared.input = input.fd;
  prepared.output = options.output >= 0 ? options.output : output.fd;
  prepared.talk = theirs.fd;
  prepared.with_parent = options.life == ChildOptions::Life::kWithParent;

  const pid_t pid = fork();
  if (pid < 0) return SystemError("start " + options.arguments[0], errno);
  if (pid == 0) {
    close(ours.fd);  // so that our death is the end of its input
    Become(prepared);
  }
  theirs.Close();
  ChildProcess child(pid, OpenPidfd(pid));
  if (options.record) VR_RETURN_IF_ERROR(options.record(pid));
  if (const int code = LetRun(ours.fd); code != 0)
    return SystemError("start " + options.arguments[0], code);
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

std::optional<ChildExit> ChildProcess::Ended() {
  if (pid_ > 0) {
    pollfd ended{pidfd_, POLLIN, 0};
    if (poll(&ended, 1, 0) != 1) return std::nullopt;
  }
  return Reap();
}

void ChildProcess::Signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

void ChildProcess::LetGo() { pid_ = -1; }

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
