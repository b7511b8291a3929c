// Small text operations that the standard library lacks. ASCII only: names, headers, options.
#pragma once

#include <string>
#include <string_view>

namespace vr {

// Without the spaces, tabs and line ends at both ends.
std::string_view Trimmed(std::string_view text);

std::string Lowercase(std::string text);

// The items of any range of texts, `separator` between them.
template <class Range>
std::string Joined(const Range& items, std::string_view separator) {
  std::string text;
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += separator;
    text += item;
    first = false;
  }
  return text;
}

}  // namespace vr
