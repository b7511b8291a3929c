// RotatingLog: what a child prints, in a file that does not grow without end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vr {

// Appends to a file of mode 0600. Once it would exceed `limit` bytes it becomes FILE.1, and a new
// one begins. For one thread.
class RotatingLog {
 public:
  static constexpr uint64_t kLimit = 10 << 20;
  static Result<std::unique_ptr<RotatingLog>> Open(std::filesystem::path path,
                                                   uint64_t limit = kLimit);
  ~RotatingLog();
  RotatingLog(const RotatingLog&) = delete;
  RotatingLog& operator=(const RotatingLog&) = delete;

  // A full disk, or one that cannot be written for a while, loses text, but stops nobody.
  void Write(std::string_view text);

 private:
  RotatingLog(std::filesystem::path path, uint64_t limit) : path_(std::move(path)), limit_(limit) {}
  Status Reopen();
  void Close();

  std::filesystem::path path_;
  uint64_t limit_;
  uint64_t size_ = 0;
  int fd_ = -1;
};

// The last `lines` lines of a text, each indented by two blanks; empty if there are none.
std::string LastLines(const std::string& text, size_t lines);

// The last `lines` lines of a file, each indented by two blanks; empty if there are none.
std::string TailOf(const std::filesystem::path& path, size_t lines);

}  // namespace vr
