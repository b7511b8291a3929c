// A process, told apart from a later one that got the same number.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/context.h"

namespace vr::cli {

struct ProcessId {
  pid_t pid = 0;
  uint64_t start = 0;  // clock ticks since boot, from /proc

  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

// Nothing if there is no such process; a zombie counts as none.
std::optional<ProcessId> IdentifyProcess(pid_t pid);

// The program it runs, without the mark of a file that was replaced meanwhile; empty if unknown.
std::filesystem::path ProgramOf(pid_t pid);

// A hold on a running process: signals and waits reach it and no other.
class ProcessHandle {
 public:
  // Nothing if it does not run any more.
  static std::optional<ProcessHandle> Open(const ProcessId& process);
  ~ProcessHandle();
  ProcessHandle(ProcessHandle&& other) noexcept;
  ProcessHandle(const ProcessHandle&) = delete;
  ProcessHandle& operator=(const ProcessHandle&) = delete;
  ProcessHandle& operator=(ProcessHandle&&) = delete;

  void Signal(int number) const;
  // Until it ended; kTimeout or kCancelled of the context otherwise.
  Status WaitGone(const Context& ctx) const;

 private:
  explicit ProcessHandle(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace vr::cli
