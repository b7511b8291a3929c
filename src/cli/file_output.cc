#include "cli/file_output.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <streambuf>

namespace vr::cli {

class FileOutput::Buffer final : public std::streambuf {
 public:
  explicit Buffer(int fd) : fd_(fd) { Reset(); }
  int error() const { return error_; }

 protected:
  int_type overflow(int_type next) override {
    if (sync() != 0) return traits_type::eof();
    if (next != traits_type::eof()) sputc(traits_type::to_char_type(next));
    return traits_type::not_eof(next);
  }

  int sync() override {
    for (const char* at = pbase(); at < pptr() && error_ == 0;) {
      const ssize_t written = ::write(fd_, at, static_cast<size_t>(pptr() - at));
      if (written >= 0) {
        at += written;
      } else if (errno != EINTR) {
        error_ = errno;
      }
    }
    Reset();
    return error_ == 0 ? 0 : -1;
  }

 private:
  void Reset() { setp(data_.data(), data_.data() + data_.size()); }

  const int fd_;
  int error_ = 0;
  std::array<char, 16 << 10> data_{};
};

FileOutput::FileOutput(int fd) : std::ostream(nullptr), buffer_(std::make_unique<Buffer>(fd)) {
  rdbuf(buffer_.get());
}

FileOutput::~FileOutput() { flush(); }

int FileOutput::error() const { return buffer_->error(); }

}  // namespace vr::cli
