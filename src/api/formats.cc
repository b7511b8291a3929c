#include "api/formats.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <regex>

#include "base/duration.h"
#include "base/timestamp.h"

namespace vr::api {
namespace {

using AddressBytes = std::array<unsigned char, 16>;

int ReadAddress(const std::string& text, AddressBytes& bytes) {
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return AF_INET;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return AF_INET6;
  return AF_UNSPEC;
}

int AddressFamily(const std::string& text) {
  AddressBytes bytes{};
  return ReadAddress(text, bytes);
}

constexpr const char* kEndpoint =
    R"(^(https?|tcp|grpc|unix|mock|test|qemu(\+(ssh|tcp|tls|unix|libssh2?))?)://[^\s]*$)";
constexpr const char* kDuration =
    R"(^\+?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d|w))+)$)";
// One interface has it: the lowest bit of the first byte, which marks a group, is not set.
constexpr const char* kMac = R"(^[0-9A-Fa-f][02468ACEace]([:-][0-9A-Fa-f]{2}){5}$)";
// Above zero.
constexpr const char* kSize =
    R"(^\+?([0-9]*[1-9][0-9]*(\.[0-9]*)?|[0-9]*\.[0-9]*[1-9][0-9]*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$)";

// One of cron's fields: "*", numbers, ranges and steps, separated by commas. `number` is a pattern
// of the values that the field may have.
std::string CronField(const std::string& number) {
  const std::string item = "(\\*|\\?|(" + number + ")(-(" + number + "))?)(/0*[1-9][0-9]*)?";
  return item + "(," + item + ")*";
}

// Five fields, each in its limits; six and seven (with seconds and years) as they come.
std::string CronPattern() {
  const std::string any = "[-0-9A-Za-z*/,?#]+";
  const std::string month = "0?[1-9]|1[0-2]|[A-Za-z]{3}";
  const std::string day = "0?[1-9]|[12][0-9]|3[01]|L";
  return "^ *(@(annually|yearly|monthly|weekly|daily|midnight|hourly|reboot)|"
         "@every ([0-9]+(ns|us|µs|ms|s|m|h))+|" +
         CronField("[0-5]?[0-9]") + " +" + CronField("[01]?[0-9]|2[0-3]") + " +" + CronField(day) +
         " +" + CronField(month) + " +" + CronField("0?[0-7]|[A-Za-z]{3}") + "|" + any + "( +" +
         any + "){5,6}) *$";
}

bool Matches(const std::string& text, const std::regex& pattern) {
  constexpr size_t kMaxForRegex = 1024;  // std::regex recurses once per character
  return text.size() <= kMaxForRegex && std::regex_search(text, pattern);
}

bool IsEndpoint(const std::string& text) {
  static const std::regex shape(kEndpoint);
  return Matches(text, shape);
}

bool IsMac(const std::string& text) {
  static const std::regex shape(kMac);
  return Matches(text, shape);
}

bool IsSize(const std::string& text) {
  static const std::regex shape(kSize);
  return Matches(text, shape);
}

bool IsCron(const std::string& text) {
  static const std::regex shape(CronPattern());
  return Matches(text, shape);
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

bool SameAddress(const std::string& a, const std::string& b) {
  AddressBytes left{};
  AddressBytes right{};
  const int family = ReadAddress(a, left);
  return family != AF_UNSPEC && family == ReadAddress(b, right) && left == right;
}

std::string PlainMac(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c == '-' ? ':' : static_cast<char>(std::tolower(c));
  });
  return text;
}

std::string FormatPattern(std::string_view format) {
  if (format == "provider-endpoint") return kEndpoint;
  if (format == "duration") return kDuration;
  if (format == "mac") return kMac;
  if (format == "size") return kSize;
  return format == "cron" ? CronPattern() : "";
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
  if (format == "mac" && !IsMac(value)) {
    return "must be the hardware address of one interface, for example 52:54:00:12:34:56, and no "
           "multicast address, whose second digit is odd";
  }
  if (format == "size" && !IsSize(value)) return "must be a size above zero, for example 100Gi";
  if (format == "cron" && !IsCron(value)) {
    return "must be cron's five fields (minute hour day month weekday), each in its limits, for "
           "example 0 2 * * 0, or @daily and the like";
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
