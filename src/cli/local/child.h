// Child: a process that we start, watch and end.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/local/process_id.h"
#include "cli/settings.h"

namespace vr::cli {

struct ChildOptions {
  std::filesystem::path program;
  std::vector<std::string> args = {};  // without the program's name
  Environment environment = {};
  int output = -1;  // standard output and error of the child; it reads nothing
  // With its parent: SIGTERM when the thread that started it ends, and its own process group, so
  // that Ctrl-C reaches the parent alone. On its own: a session of its own.
  enum class Life { kWithParent, kOnItsOwn } life = Life::kWithParent;
  // Called before the child's first instruction. If it fails, or we die meanwhile, the program is
  // never run: a process that is not on record cannot exist.
  std::function<Status(const ProcessId&)> record = {};
};

// For the thread that started it.
class Child {
 public:
  // kNotFound if there is no such program, kUnavailable if it cannot be run.
  static Result<Child> Start(const ChildOptions& options);
  ~Child();  // SIGKILL, unless it ended or was let go
  Child(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child& operator=(Child&&) = delete;

  pid_t pid() const { return pid_; }
  int fd() const { return fd_; }  // readable once it ended
  void Signal(int number) const;
  // How it ended, as waitpid tells; nothing while it runs.
  std::optional<int> Ended();
  // It goes on without us.
  void LetGo();

 private:
  Child(pid_t pid, int fd) : pid_(pid), fd_(fd) {}
  pid_t pid_;
  int fd_;
  std::optional<int> ended_;
};

// "exit code 3", "signal 9 (Killed)".
std::string DescribeEnd(int wait_status);

}  // namespace vr::cli
