#include "cli/file_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace vr::cli {
namespace {

TEST(FileOutput, WritesMoreThanItsBuffer) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const std::string text(40000, 'x');
  FileOutput(ends[1]) << text << "!";
  ::close(ends[1]);
  std::string got(50000, ' ');
  size_t size = 0;
  for (ssize_t part = 1; part > 0; size += static_cast<size_t>(part))
    part = ::read(ends[0], got.data() + size, got.size() - size);
  ::close(ends[0]);
  EXPECT_EQ(got.substr(0, size), text + "!");
}

TEST(FileOutput, KnowsWhyAWriteFailed) {
  const int fd = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  FileOutput out(fd);
  out << "text";
  EXPECT_EQ(out.error(), 0) << "not written yet";
  EXPECT_FALSE(out.flush());
  EXPECT_EQ(out.error(), ENOSPC);
  ::close(fd);
}

TEST(FileOutput, KnowsThatTheReaderIsGone) {
  signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  FileOutput out(ends[1]);
  out << std::string(100000, 'x');
  EXPECT_FALSE(out.good());
  EXPECT_EQ(out.error(), EPIPE);
  ::close(ends[1]);
}

}  // namespace
}  // namespace vr::cli
