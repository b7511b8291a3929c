// RunLock: which process works in a data folder.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"

namespace vr::cli {

// Held while the object lives. The kernel gives it back when the process dies, however it dies, so
// a file that was left behind means nothing.
class RunLock {
 public:
  // kConflict if it is held already; kInvalidSpec if the file cannot be opened.
  static Result<std::unique_ptr<RunLock>> Take(const std::filesystem::path& path);
  // Looks without taking it, so it never gets into the way of Take.
  static bool IsHeld(const std::filesystem::path& path);

  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  explicit RunLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace vr::cli
