#include "cli/text_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "cli/report.h"
#include "testing/temp_folder.h"

namespace vr::cli {
namespace {

using ::testing::HasSubstr;

class TextFileTest : public ::testing::Test {
 protected:
  Error Refused(const std::string& path) {
    const auto text = ReadText(in_, path);
    EXPECT_FALSE(text.ok()) << path;
    return text.ok() ? Error{} : text.error();
  }
  std::string Write(const std::string& text) const {
    const auto path = folder_.path() / "file";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  vr::testing::TempFolder folder_;
  std::istringstream in_{"typed"};
};

TEST_F(TextFileTest, ReadsFilesAndStandardInput) {
  EXPECT_EQ(ReadText(in_, Write("h\xc3\xa4\n")).value(), "h\xc3\xa4\n");
  EXPECT_EQ(ReadText(in_, "-").value(), "typed");
}

TEST_F(TextFileTest, RefusesWhatIsNoText) {
  const std::string path = Write("a\xff");
  EXPECT_EQ(AdviceOf(Refused(path)).message, path + ": not text (UTF-8)");
  EXPECT_EQ(Refused(path).kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(Refused("/dev/zero").message, HasSubstr("larger than"));
}

TEST_F(TextFileTest, RefusesAFolder) {
  EXPECT_EQ(Refused(folder_.path().string()).kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(Refused(folder_.path().string()).message, HasSubstr("a folder"));
}

TEST_F(TextFileTest, SaysWhyAFileIsNotReadWithoutAHintAboutObjects) {
  const Error error = Refused((folder_.path() / "none").string());
  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
  EXPECT_THAT(AdviceOf(error).message, HasSubstr("No such file"));
  EXPECT_EQ(AdviceOf(error).hint, "");
}

}  // namespace
}  // namespace vr::cli
