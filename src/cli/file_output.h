// Standard output whose errors are seen.
#pragma once

#include <memory>
#include <ostream>

namespace vr::cli {

// A buffered stream into a file descriptor, which it does not own. After a write that failed it is
// bad, takes no more, and knows why.
class FileOutput final : public std::ostream {
 public:
  explicit FileOutput(int fd);
  ~FileOutput() override;

  int error() const;  // errno of that write; 0: none failed

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace vr::cli
