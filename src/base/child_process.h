// ChildProcess: a program started with an argument vector, never through a shell.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace vr {

struct ChildOptions {
  std::vector<std::string> arguments;              // [0]: path of the program
  std::map<std::string, std::string> environment;  // all of it; nothing is inherited
  std::string log_file;  // stdout and stderr are appended to it (mode 0600); empty: inherited
  // Stdout and stderr go here instead, usually the writing end of a pipe; stays the caller's.
  int output = -1;
  // With its parent: the kernel ends it (SIGTERM) when the thread that started it goes away; its
  // own process group keeps Ctrl-C for the parent. On its own: a session of its own.
  enum class Life { kWithParent, kOnItsOwn } life = Life::kWithParent;
  // Called before the program's first instruction. If it fails, or we die meanwhile, the program is
  // never run: what is not on record cannot exist.
  std::function<Status(pid_t)> record = {};
};

// How a process ended.
struct ChildExit {
  int code = 0;    // exit code, when signal is 0
  int signal = 0;  // the signal that ended it
  // "exited with code 1", "was ended by signal 9"
  std::string ToString() const;
};

// One thread at a time; the thread that starts it must outlive the child (see Life), so that no
// process is left behind by a manager that is killed. The child inherits no descriptor but 0, 1, 2.
class ChildProcess {
 public:
  // kNotFound for a program that cannot be run; stdin is /dev/null.
  static Result<ChildProcess> Start(const ChildOptions& options);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  // Kills what still runs.
  ~ChildProcess();

  pid_t pid() const { return pid_; }

  // Blocks until it ends; the context's error when stopped or out of time (it runs on then).
  Result<ChildExit> Wait(const Context& ctx);

  // For poll(): readable once it ended.
  int fd() const { return pidfd_; }
  // Nothing while it runs. Does not wait.
  std::optional<ChildExit> Ended();
  void Signal(int number) const;
  // It goes on without us.
  void LetGo();

  // SIGTERM, and SIGKILL after `grace`; returns once it has ended.
  ChildExit Terminate(Duration grace);

 private:
  ChildProcess(pid_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}
  ChildExit Reap();

  pid_t pid_ = -1;  // -1: ended and reaped, or moved from
  int pidfd_ = -1;
  ChildExit exit_;
};

}  // namespace vr
