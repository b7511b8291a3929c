// -o table|wide|json|yaml|name|jsonpath=TEMPLATE
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "cli/json_path.h"

namespace vr::cli {

enum class OutputKind { kTable, kWide, kJson, kYaml, kName, kJsonPath };

struct OutputFormat {
  OutputKind kind = OutputKind::kTable;
  std::optional<JsonPath> path = {};  // kJsonPath

  bool table() const { return kind == OutputKind::kTable || kind == OutputKind::kWide; }
};

// kInvalidSpec for anything else.
Result<OutputFormat> ParseOutputFormat(std::string_view text);

}  // namespace vr::cli
