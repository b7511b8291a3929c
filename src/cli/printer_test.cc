#include "cli/printer.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace vr::cli {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const Json kVm = {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
                  {"kind", "VirtualMachine"},
                  {"metadata", {{"name", "web"}, {"managedFields", Json::array({1})}}}};

std::string Printed(const std::string& format) {
  std::ostringstream out;
  PrintObjects(out, *ParseOutputFormat(format), {kVm});
  return out.str();
}

TEST(TablePrinter, AlignsColumnsAndKeepsThemForLaterRows) {
  std::ostringstream out;
  TablePrinter table(out, {"NAME", "PHASE"});
  table.Print({{"a-long-name", ""}});
  table.Print({{"b", "Running"}});
  EXPECT_EQ(out.str(), "NAME          PHASE\na-long-name   <none>\nb             Running\n");
}

TEST(TablePrinter, CountsNeitherColoursNorContinuationBytes) {
  std::ostringstream out;
  TablePrinter(out, {"A", "B"})
      .Print({{"\x1b[32mok\x1b[0m", "1"}, {"\xc3\xa9\xc3\xa9\xc3\xa9", "2"}});
  EXPECT_EQ(out.str(), "A     B\n\x1b[32mok\x1b[0m    1\n\xc3\xa9\xc3\xa9\xc3\xa9   2\n");
}

TEST(PrintObjects, NamesObjectsAsKubectlDoes) {
  EXPECT_EQ(Printed("name"), "virtualmachine.infra.virtrigaud.io/web\n");
}

TEST(PrintObjects, MakesAListWithoutManagedFields) {
  const Json list = Json::parse(Printed("json"));
  EXPECT_EQ(list["kind"], "List");
  EXPECT_EQ(list["items"][0]["metadata"], (Json{{"name", "web"}}));
  EXPECT_THAT(Printed("yaml"), HasSubstr("kind: VirtualMachine"));
  EXPECT_THAT(Printed("yaml"), Not(HasSubstr("managedFields")));
}

TEST(PrintObjects, PrintsTemplates) {
  EXPECT_EQ(Printed("jsonpath={.items[*].metadata.name}"), "web");
}

TEST(OutputFormat, RefusesUnknownOnes) { EXPECT_FALSE(ParseOutputFormat("xml").ok()); }

}  // namespace
}  // namespace vr::cli
