#include "controllers/virtual_machine/text_template.h"

#include <gtest/gtest.h>

namespace vr::controllers {
namespace {

Result<std::string> Fill(std::string_view text) {
  return FillIn(text, {{"Name", "web"}, {"Namespace", "team-a"}}, "spec.x");
}

TEST(TextTemplate, ReplacesPlaceholdersHoweverTheyAreSpaced) {
  EXPECT_EQ(*Fill("{{.Namespace}}-{{ .Name }}.{{  .Name}}"), "team-a-web.web");
  EXPECT_EQ(*Fill("no placeholder"), "no placeholder");
  EXPECT_EQ(*Fill(""), "");
}

TEST(TextTemplate, LeavesBracesOfOthersAlone) {
  for (const char* text :
       {"{{ ds.meta_data.hostname }}", "{% if x %}", "{{ unclosed", "{{}}", "a }} b"})
    EXPECT_EQ(*Fill(text), text);
  EXPECT_EQ(*Fill("{{ v1.region {{ .Name }}"), "{{ v1.region web");
}

TEST(TextTemplate, NeverReadsAValueAsATemplate) {
  EXPECT_EQ(*FillIn("{{ .Name }}", {{"Name", "{{ .Name }}"}}, "spec.x"), "{{ .Name }}");
}

TEST(TextTemplate, NamesAnUnknownPlaceholderAndTheKnownOnes) {
  const auto filled = Fill("{{ .Nmae }}");
  ASSERT_FALSE(filled);
  EXPECT_EQ(filled.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(filled.error().message,
            "spec.x: {{ .Nmae }} has no value here; there are {{ .Name }}, {{ .Namespace }}");
}

}  // namespace
}  // namespace vr::controllers
