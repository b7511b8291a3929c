// The formats of our field tables that OpenAPI does not know.
#pragma once

#include <string>
#include <string_view>

namespace vr::api {

// Why `value` does not have the format, or "" if it has (or if the format is none of ours).
std::string FormatProblem(std::string_view format, const std::string& value);

// The pattern that shows the format to a cluster; "" for what no pattern says exactly.
std::string FormatPattern(std::string_view format);

bool IsIpAddress(std::string_view text);                       // IPv4 or IPv6
bool IsCidr(std::string_view text);                            // the same with /prefix
bool SameAddress(const std::string& a, const std::string& b);  // in any spelling
// A hardware address in small letters with colons.
std::string PlainMac(std::string text);

}  // namespace vr::api
