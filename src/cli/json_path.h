// kubectl's JSONPath templates, the part of them that people use.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vr::cli {

// "{.items[*].metadata.name}", "{range .items[*]}{.metadata.name}{'\t'}{end}", "{.a[0]}",
// "{.a[-1:]}", "{.a['b.c']}",
// "{..name}", "{.items[?(@.status.phase==\"Running\")].metadata.name}". A path that finds nothing
// prints nothing.
class JsonPath {
 public:
  // kInvalidSpec, with the place, for a template that is not understood. "{.a}", ".a" and "a" mean
  // the same.
  static Result<JsonPath> Parse(std::string_view text);

  std::string Print(const nlohmann::json& value) const;

  struct Step;
  struct Part;

 private:
  std::shared_ptr<const std::vector<Part>> parts_;
};

}  // namespace vr::cli
