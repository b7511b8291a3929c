#include "net/http.h"

#include <algorithm>
#include <cctype>

namespace vr::net {

bool CaseInsensitiveLess::operator()(std::string_view a, std::string_view b) const {
  return std::lexicographical_compare(
      a.begin(), a.end(), b.begin(), b.end(),
      [](unsigned char x, unsigned char y) { return std::tolower(x) < std::tolower(y); });
}

std::string HeaderOr(const Headers& headers, std::string_view name, std::string_view fallback) {
  const auto it = headers.find(name);
  return it == headers.end() ? std::string(fallback) : it->second;
}

}  // namespace vr::net
