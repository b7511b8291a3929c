#include "net/url.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace vr::net {
namespace {

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Error Bad(std::string_view why) {
  // The text itself may hold credentials, so it is not repeated.
  return Error{ErrorKind::kInvalidSpec, "not a URL: " + std::string(why), {}};
}

Result<int> ParsePort(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    return Bad("the port must be a number from 1 to 65535");
  }
  return port;
}

Status ParseAuthority(std::string_view text, Url& url) {
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    url.user_info = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  std::string_view host = text;
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return Bad("'[' without ']'");
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && port.front() != ':') return Bad("something other than a port after ']'");
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  VR_ASSIGN_OR_RETURN(url.host, PercentDecode(host));
  if (url.host.empty()) return Bad("it has no host");
  if (url.host.find_first_of(" \t\r\n/") != std::string::npos) return Bad("a blank in the host");
  if (port.size() > 1) {
    VR_ASSIGN_OR_RETURN(url.port, ParsePort(port.substr(1)));
  }
  return {};
}

}  // namespace

std::string Url::Authority() const {
  std::string out = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  if (port != 0) out += ":" + std::to_string(port);
  return out;
}

std::string Url::ToString() const {
  return scheme + "://" + Authority() + path + (query.empty() ? "" : "?" + query);
}

Result<Url> ParseUrl(std::string_view text) {
  text = text.substr(0, text.find('#'));
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return Bad("write scheme://host/path");
  Url url;
  for (const char c : text.substr(0, colon)) {
    if (!IsAlpha(c) && !IsDigit(c) && c != '+' && c != '-' && c != '.') {
      return Bad("a scheme of other than letters, digits and + - .");
    }
    url.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  text.remove_prefix(colon + 3);
  const auto rest = std::min(text.find_first_of("/?"), text.size());
  if (url.scheme == "http") url.port = 80;
  if (url.scheme == "https") url.port = 443;
  VR_RETURN_IF_ERROR(ParseAuthority(text.substr(0, rest), url));
  auto [path, query] = SplitTarget(text.substr(rest));
  url.path = path.empty() ? "/" : std::move(path);
  url.query = std::move(query);
  const auto unsafe = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  if (std::any_of(url.path.begin(), url.path.end(), unsafe) ||
      std::any_of(url.query.begin(), url.query.end(), unsafe)) {
    return Bad("a blank or control character");
  }
  return url;
}

std::string PercentEncode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (IsAlpha(c) || IsDigit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
  return out;
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) return Bad("'%' needs two hex digits after it");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<Query> ParseQuery(std::string_view text) {
  Query out;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    std::string pair(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    std::replace(pair.begin(), pair.end(), '+', ' ');
    const auto equals = std::min(pair.find('='), pair.size());
    VR_ASSIGN_OR_RETURN(auto name, PercentDecode(std::string_view(pair).substr(0, equals)));
    VR_ASSIGN_OR_RETURN(
        auto value,
        PercentDecode(std::string_view(pair).substr(std::min(equals + 1, pair.size()))));
    out.emplace(std::move(name), std::move(value));
  }
  return out;
}

std::string EncodeQuery(const Query& query) {
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    out += PercentEncode(name) + "=" + PercentEncode(value);
  }
  return out;
}

std::string QueryOr(const Query& query, const std::string& name, std::string_view fallback) {
  const auto it = query.lower_bound(name);  // the first of equal names
  return it == query.end() || it->first != name ? std::string(fallback) : it->second;
}

Target SplitTarget(std::string_view target) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {std::string(target), {}};
  return {std::string(target.substr(0, mark)), std::string(target.substr(mark + 1))};
}

}  // namespace vr::net
