// StateFile: one file that one process at a time reads and replaces.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/result.h"

namespace vr::mock {

// Not thread-safe. The folder is made if it is missing. A reader sees the old or the new content,
// never a part, wherever this process is killed; what the machine had not written to disk when the
// power failed is lost.
class StateFile {
 public:
  explicit StateFile(std::string path) : path_(std::move(path)) {}
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  // Waits for another process that has it (an earlier run that is about to end), until the context
  // ends: kUnavailable then.
  Status Lock(const Context& ctx);
  Result<std::optional<std::string>> Read() const;  // nothing: there is no file
  Status Write(std::string_view content) const;

  const std::string& path() const { return path_; }

 private:
  const std::string path_;
  int lock_ = -1;
};

}  // namespace vr::mock
