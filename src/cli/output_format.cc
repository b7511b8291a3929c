#include "cli/output_format.h"

#include <map>

namespace vr::cli {

Result<OutputFormat> ParseOutputFormat(std::string_view text) {
  static const std::map<std::string_view, OutputKind> kinds = {
      {"", OutputKind::kTable},    {"table", OutputKind::kTable}, {"wide", OutputKind::kWide},
      {"json", OutputKind::kJson}, {"yaml", OutputKind::kYaml},   {"name", OutputKind::kName}};
  if (const auto found = kinds.find(text); found != kinds.end()) return OutputFormat{found->second};
  constexpr std::string_view kPrefix = "jsonpath=";
  if (text.starts_with(kPrefix)) {
    VR_ASSIGN_OR_RETURN(JsonPath path, JsonPath::Parse(text.substr(kPrefix.size())));
    return OutputFormat{OutputKind::kJsonPath, std::move(path)};
  }
  return Error{
      ErrorKind::kInvalidSpec,
      "output '" + std::string(text) + "': use table, wide, json, yaml, name or jsonpath=TEMPLATE",
      {}};
}

}  // namespace vr::cli
