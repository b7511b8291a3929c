// Files that only their owner may read.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace vr::controlplane {

// Nothing if there is no such file; any other failure is an error, never taken for it.
Result<std::optional<std::string>> ReadFile(const std::filesystem::path& path);

// Mode 0600, written whole or not at all.
Status WritePrivateFile(const std::filesystem::path& path, const std::string& text);

// Makes an empty file if there is none, and gives it mode 0600: for whoever opens it next.
Status TouchPrivateFile(const std::filesystem::path& path);

// Mode 0700, with its parents.
Status MakePrivateFolder(const std::filesystem::path& path);

// Held while the object lives; the kernel gives it back when the process dies.
class FolderLock {
 public:
  // kUnavailable if another process holds it.
  static Result<std::unique_ptr<FolderLock>> Take(const std::filesystem::path& path);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace vr::controlplane
