#include "net/tls_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <latch>

#include "net/local_ca.h"
#include "testing/fake_clock.h"

namespace vr::net {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class TlsFilesTest : public ::testing::Test {
 protected:
  TlsFilesTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("tls-files-" + std::to_string(::getpid()))),
        ca_(LocalCa::Create("test CA", hours(24), SystemClock()).value()) {
    std::filesystem::create_directories(folder_);
  }
  ~TlsFilesTest() override { std::filesystem::remove_all(folder_); }

  void Write(const char* name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  KeyPair WriteFreshPair() const {
    auto pair = ca_.IssueServerCert({"localhost"}, hours(1)).value();
    Write("tls.crt", pair.cert_pem);
    Write("tls.key", pair.key_pem);
    return pair;
  }

  const std::filesystem::path folder_;
  const LocalCa ca_;
  testing::FakeClock clock_;
};

TEST_F(TlsFilesTest, ReadsTheSetWithAndWithoutACa) {
  const KeyPair pair = WriteFreshPair();
  EXPECT_EQ(ReadTlsFiles(folder_).value(), (TlsFileSet{pair.cert_pem, pair.key_pem, ""}));
  Write("ca.crt", ca_.cert_pem());
  EXPECT_EQ(ReadTlsFiles(folder_)->ca_pem, ca_.cert_pem());
}

TEST_F(TlsFilesTest, SaysWhatIsMissingOrDoesNotFit) {
  EXPECT_EQ(ReadTlsFiles(folder_).error().kind, ErrorKind::kNotFound);
  WriteFreshPair();
  Write("tls.key", ca_.key_pair().key_pem);
  EXPECT_EQ(ReadTlsFiles(folder_).error().kind, ErrorKind::kInvalidSpec);
}

TEST_F(TlsFilesTest, TellsOfAChangeButNotOfAHalfWrittenOne) {
  const KeyPair first = WriteFreshPair();
  std::latch changed(1);
  auto watcher =
      TlsFileWatcher::Start({.folder = folder_,
                             .interval = seconds(10),
                             .on_change = [&](const TlsFileSet&) { changed.count_down(); }},
                            clock_);
  ASSERT_TRUE(watcher.ok()) << watcher.error().message;
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  Write("tls.key", "half");
  clock_.Advance(seconds(10));
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  EXPECT_EQ((*watcher)->Current()->cert_pem, first.cert_pem);
  EXPECT_FALSE(changed.try_wait());

  const KeyPair second = WriteFreshPair();
  clock_.Advance(seconds(10));
  changed.wait();
  EXPECT_EQ((*watcher)->Current()->cert_pem, second.cert_pem);
}

}  // namespace
}  // namespace vr::net
