// URLs, percent encoding and query strings.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vr::net {

// Decoded names and values, in the order of the text for equal names.
using Query = std::multimap<std::string, std::string>;

struct Url {
  std::string scheme;     // lower case
  std::string user_info;  // as written, usually empty
  std::string host;       // decoded, without the brackets of an IPv6 address
  int port = 0;           // given, or 80 for http and 443 for https; 0 for other schemes
  std::string path;       // as written, at least "/"
  std::string query;      // as written, without "?"

  // "host:port", with brackets around an IPv6 address.
  std::string Authority() const;
  // The URL again, without user_info and fragment.
  std::string ToString() const;
};

// An absolute URL with a host. kInvalidSpec otherwise. A fragment is dropped.
Result<Url> ParseUrl(std::string_view text);

// For one path segment, query name or value: all but A-Z a-z 0-9 - . _ ~ becomes %XX.
std::string PercentEncode(std::string_view text);
// kInvalidSpec for "%" without two hex digits after it. "+" stays "+".
Result<std::string> PercentDecode(std::string_view text);

// "a=1&b=%20&c": "+" is a space, a name without "=" has an empty value. kInvalidSpec as above.
Result<Query> ParseQuery(std::string_view text);
std::string EncodeQuery(const Query& query);
// The first value of a name, or the fallback.
std::string QueryOr(const Query& query, const std::string& name, std::string_view fallback = "");

// A request target ("/path?query") in its two halves; the path is not decoded.
struct Target {
  std::string path;
  std::string query;
};
Target SplitTarget(std::string_view target);

}  // namespace vr::net
