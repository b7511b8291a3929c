// The formats of our field tables that OpenAPI does not know.
#pragma once

#include <string>
#include <string_view>

namespace vr::api {

// Why `value` does not have the format, or "" if it has (or if the format is none of ours).
std::string FormatProblem(std::string_view format, const std::string& value);

bool IsIpAddress(std::string_view text);  // IPv4 or IPv6
bool IsCidr(std::string_view text);       // the same with /prefix

}  // namespace vr::api
