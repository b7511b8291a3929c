#include "cli/local/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace vr::cli {
namespace {

constexpr int kNotRun = 127;

// All that the child needs, made before the fork: after it, other threads may hold any lock, so
// only system calls are safe.
struct Plan {
  std::string program;
  std::vector<char*> argv;
  std::vector<char*> envp;
  int output;
  int talk;  // our end: a byte comes before exec, errno goes back if exec failed
  pid_t parent;
  bool with_parent;
};

[[noreturn]] void RunChild(const Plan& plan) {
  if (plan.with_parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != plan.parent) ::_exit(kNotRun);
    // Its output is a pipe to us: when we die it must be able to end in order, not by SIGPIPE.
    ::signal(SIGPIPE, SIG_IGN);
  } else {
    ::setsid();
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(plan.output, STDOUT_FILENO);
  ::dup2(plan.output, STDERR_FILENO);
  // A listening socket that outlives us in the child would keep its port from the next run.
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  char go = 0;
  if (::read(plan.talk, &go, 1) != 1) ::_exit(kNotRun);
  ::execve(plan.program.c_str(), plan.argv.data(), plan.envp.data());
  const int code = errno;
  [[maybe_unused]] const auto told = ::write(plan.talk, &code, sizeof code);
  ::_exit(kNotRun);
}

// Lets the child run its program; what became of that.
Status LetRun(const ChildOptions& options, pid_t pid, int talk) {
  const auto process = IdentifyProcess(pid);
  if (!process) return Error{ErrorKind::kUnavailable, "the new process ended at once", {}};
  if (options.record) VR_RETURN_IF_ERROR(options.record(*process));
  int code = 0;
  if (::send(talk, "g", 1, MSG_NOSIGNAL) != 1) code = errno;
  ssize_t size = 0;
  if (code == 0) {
    do {
      size = ::read(talk, &code, sizeof code);
    } while (size < 0 && errno == EINTR);
  }
  if (code == 0) return {};  // the socket closed by exec
  return Error{code == ENOENT ? ErrorKind::kNotFound : ErrorKind::kUnavailable,
               "cannot run " + options.program.string() + ": " + std::strerror(code),
               {}};
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<Child> Child::Start(const ChildOptions& options) {
  std::vector<std::string> args = {options.program.string()};
  args.insert(args.end(), options.args.begin(), options.args.end());
  std::vector<std::string> environment;
  for (const auto& [name, value] : options.environment) environment.push_back(name + "=" + value);
  int talk[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk) != 0)
    return Error{ErrorKind::kUnavailable, std::string("socketpair: ") + std::strerror(errno), {}};
  const Plan plan{.program = args.front(),
                  .argv = Pointers(args),
                  .envp = Pointers(environment),
                  .output = options.output,
                  .talk = talk[1],
                  .parent = ::getpid(),
                  .with_parent = options.life == ChildOptions::Life::kWithParent};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(talk[0]);  // so that our death is the end of its file
    RunChild(plan);
  }
  const int code = errno;
  ::close(talk[1]);
  if (pid < 0) {
    ::close(talk[0]);
    return Error{ErrorKind::kUnavailable, std::string("fork: ") + std::strerror(code), {}};
  }
  Child child(pid, OpenPidfd(pid));
  Status ran = LetRun(options, pid, talk[0]);
  ::close(talk[0]);
  if (!ran) return std::move(ran).error();
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      fd_(std::exchange(other.fd_, -1)),
      ended_(std::move(other.ended_)) {}

Child::~Child() {
  if (pid_ > 0 && !Ended()) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (fd_ >= 0) ::close(fd_);
}

void Child::Signal(int number) const {
  if (pid_ > 0 && !ended_) ::kill(pid_, number);
}

std::optional<int> Child::Ended() {
  int status = 0;
  if (!ended_ && pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) ended_ = status;
  return ended_;
}

void Child::LetGo() { pid_ = -1; }

std::string DescribeEnd(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit code " + std::to_string(WEXITSTATUS(wait_status));
  const int number = WTERMSIG(wait_status);
  return "signal " + std::to_string(number) + " (" + strsignal(number) + ")";
}

}  // namespace vr::cli
