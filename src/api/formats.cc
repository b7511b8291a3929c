#include "api/formats.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <regex>

#include "base/duration.h"
#include "base/timestamp.h"

namespace vr::api {
namespace {

int AddressFamily(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return AF_INET;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return AF_INET6;
  return AF_UNSPEC;
}

bool IsEndpoint(const std::string& text) {
  static const std::regex shape(
      R"(^(https?|tcp|grpc|unix|mock|test|qemu(\+(ssh|tcp|tls|unix|libssh2?))?)://[^\s]*$)");
  return text.size() <= 1024 && std::regex_match(text, shape);
}

}  // namespace

bool IsIpAddress(std::string_view text) { return AddressFamily(std::string(text)) != AF_UNSPEC; }

bool IsCidr(std::string_view text) {
  const size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return false;
  const int family = AddressFamily(std::string(text.substr(0, slash)));
  const std::string_view digits = text.substr(slash + 1);
  int prefix = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (error != std::errc() || end != digits.data() + digits.size() || prefix < 0) return false;
  return (family == AF_INET && prefix <= 32) || (family == AF_INET6 && prefix <= 128);
}

std::string FormatProblem(std::string_view format, const std::string& value) {
  if (format == "ip" && !IsIpAddress(value))
    return "must be an IPv4 or IPv6 address, for example 192.0.2.10";
  if (format == "cidr" && !IsCidr(value))
    return "must be an address with a prefix length, for example 192.0.2.10/24";
  if (format == "ip-or-cidr" && !IsIpAddress(value) && !IsCidr(value))
    return "must be an address, with or without a prefix length";
  if (format == "duration") {
    const auto parsed = ParseDuration(value);
    if (!parsed) return "must be a duration, for example 30s, 5m, 2h or 7d";
    if (*parsed < Duration::zero()) return "must not be negative";
  }
  if (format == "date-time" && !ParseTimestamp(value))
    return "must be an RFC 3339 time, for example 2026-01-31T12:00:00Z";
  if (format == "provider-endpoint" && !IsEndpoint(value)) {
    return "must be a URL, for example qemu:///system, https://vcenter.example.com/sdk or "
           "grpc://host:9443";
  }
  return "";
}

}  // namespace vr::api
