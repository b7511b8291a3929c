#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

extern char** environ;

namespace vr {
namespace {

constexpr std::chrono::milliseconds kLongestPoll(1000);  // a context's clock may be a fake one

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Pipe {
  Fd read;
  Fd write;
};

Error SystemError(const std::string& what, int code) {
  const ErrorKind kind = code == ENOENT   ? ErrorKind::kNotFound
                         : code == EACCES ? ErrorKind::kUnauthorized
                                          : ErrorKind::kInternal;
  return Error{kind, what + ": " + std::strerror(code), {}};
}

Result<Pipe> MakePipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return SystemError("make a pipe", errno);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

bool HasNul(const std::string& text) { return text.find('\0') != std::string::npos; }

// What posix_spawn wants of an array of strings; valid while `strings` is.
std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!changes.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : changes) {
    std::string entry = name;
    entry += '=';
    entry += value;
    result.push_back(std::move(entry));
  }
  return result;
}

class SpawnSettings {
 public:
  SpawnSettings(const Pipe& out, const Pipe& err) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, out.write.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, err.write.get(), STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_,
        static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A running child, which the destructor kills if it has not been waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    Wait();
  }
  int Wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
};

enum class Drained { kOpen, kClosed, kTooMuch };

// Takes what the pipe holds now.
Drained Drain(int fd, std::string& text, size_t limit) {
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN ? Drained::kOpen : Drained::kClosed;
    if (got == 0) return Drained::kClosed;
    if (text.size() + static_cast<size_t>(got) > limit) return Drained::kTooMuch;
    text.append(buffer.data(), static_cast<size_t>(got));
  }
}

// Collects the output until the child has ended; what a grandchild writes later is nobody's.
Status Collect(const Context& ctx, const std::string& what, int pidfd, const Pipe& out,
               const Pipe& err, size_t limit, ProcessResult& result) {
  const Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback on_stop(ctx.stop(), [fd = wake.get()] {
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
  });
  std::array<pollfd, 4> items{{{pidfd, POLLIN, 0},
                               {out.read.get(), POLLIN, 0},
                               {err.read.get(), POLLIN, 0},
                               {wake.get(), POLLIN, 0}}};
  for (;;) {
    VR_RETURN_IF_ERROR(ctx.Check(what));
    const auto wait =
        std::clamp<Duration>(ctx.Remaining(), std::chrono::milliseconds(1), Duration(kLongestPoll));
    ::poll(items.data(), items.size(),
           static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count()));
    const bool ended = (items[0].revents & POLLIN) != 0;
    for (const auto& [index, text] : {std::pair(1U, &result.out), std::pair(2U, &result.err)}) {
      if (items[index].fd < 0) continue;
      const Drained drained = Drain(items[index].fd, *text, limit);
      if (drained == Drained::kTooMuch) {
        return Error{ErrorKind::kQuotaExceeded,
                     what + ": it wrote more than " + std::to_string(limit) + " bytes",
                     {}};
      }
      if (drained == Drained::kClosed) items[index].fd = -1;
    }
    if (ended) return {};
  }
}

}  // namespace

Result<ProcessResult> RunProcess(const Context& ctx, const ProcessRequest& request) {
  std::vector<std::string> argv = request.argv;
  std::vector<std::string> env = Environment(request.env);
  if (argv.empty() || argv[0].empty()) {
    return Error{ErrorKind::kInvalidSpec, "run a program: no program is named", {}};
  }
  const std::string what = "run '" + argv[0] + "'";
  if (std::any_of(argv.begin(), argv.end(), HasNul) || std::any_of(env.begin(), env.end(), HasNul))
    return Error{ErrorKind::kInvalidSpec, what + ": an argument contains a NUL", {}};
  VR_RETURN_IF_ERROR(ctx.Check(what));
  VR_ASSIGN_OR_RETURN(Pipe out, MakePipe());
  VR_ASSIGN_OR_RETURN(Pipe err, MakePipe());
  pid_t pid = 0;
  {
    const SpawnSettings settings(out, err);
    if (const int code =
            ::posix_spawnp(&pid, argv[0].c_str(), settings.actions(), settings.attributes(),
                           Pointers(argv).data(), Pointers(env).data());
        code != 0) {
      return SystemError(what, code);
    }
  }
  Child child(pid);
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));  // glibc's is no C++ yet
  if (pidfd.get() < 0) return SystemError(what, errno);
  out.write = Fd();
  err.write = Fd();
  ProcessResult result;
  VR_RETURN_IF_ERROR(Collect(ctx, what, pidfd.get(), out, err, request.max_output_bytes, result));
  result.exit_code = child.Wait();
  return result;
}

}  // namespace vr
