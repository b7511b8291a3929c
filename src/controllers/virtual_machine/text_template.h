// Placeholders in the texts of users, written as in Go templates: {{ .Name }}.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vr::controllers {

// `text` with each {{ .Key }} replaced by its value; spaces inside the braces do not matter. Braces
// around anything else stay: cloud-init has templates of its own. kInvalidSpec says `field`, the
// unknown key, and the known ones.
Result<std::string> FillIn(std::string_view text,
                           const std::map<std::string_view, std::string>& values,
                           std::string_view field);

}  // namespace vr::controllers
