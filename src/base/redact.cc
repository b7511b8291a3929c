#include "base/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace vr {
namespace {

constexpr std::string_view kMask = "[REDACTED]";
// Compared in lower case without '-', '_' and '.'.
constexpr std::array<std::string_view, 12> kSecretWords{
    "password",   "passwd",        "secret",    "token",  "apikey", "privatekey",
    "credential", "authorization", "accesskey", "tlskey", "cookie", "passphrase"};

bool IsNameChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

bool EndsValue(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0 || c == ',' || c == ';' || c == '&' ||
         c == '}' || c == ')';
}

// "user:password@" after "://": masks the password.
void RedactUserInfo(std::string& text) {
  for (size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const size_t begin = at + 3;
    const size_t end = text.find_first_of("/ \t\n\"'", begin);
    const size_t host = text.rfind('@', end == std::string::npos ? end : end - 1);
    const size_t colon = text.find(':', begin);
    if (host == std::string::npos || host < begin || colon == std::string::npos || colon > host)
      continue;
    text.replace(colon + 1, host - colon - 1, kMask);
  }
}

void RedactPem(std::string& text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  for (size_t at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at + 1)) {
    const size_t header_end = text.find("-----", at + kBegin.size());
    if (header_end == std::string::npos) return;
    if (text.substr(at, header_end - at).find("PRIVATE KEY") == std::string::npos) continue;
    size_t end = text.find("-----END ", header_end);
    if (end != std::string::npos) end = text.find("-----", end + 9);
    text.replace(at, end == std::string::npos ? std::string::npos : end + 5 - at, kMask);
  }
}

// The end of the value that starts at `at`; a quoted value ends before its closing quote.
size_t ValueEnd(const std::string& text, size_t at, bool whole_header) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
    const char quote = text[at];
    for (size_t end = at + 1; end < text.size(); ++end) {
      if (text[end] == '\\') {
        ++end;
      } else if (text[end] == quote) {
        return end;
      }
    }
    return text.size();
  }
  size_t end = at;
  while (end < text.size() &&
         (whole_header ? text[end] != '\n' && text[end] != '"' : !EndsValue(text[end])))
    ++end;
  return end;
}

}  // namespace

bool IsSecretName(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != '.')
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (plain.ends_with("ref") || plain.ends_with("name"))
    return false;  // a reference to a secret is not one
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

std::string Redact(std::string_view input) {
  std::string text(input);
  RedactPem(text);
  RedactUserInfo(text);
  for (size_t at = text.find_first_of("=:"); at != std::string::npos;
       at = text.find_first_of("=:", at + 1)) {
    size_t name_end = at;
    if (name_end > 0 && (text[name_end - 1] == '"' || text[name_end - 1] == '\'')) --name_end;
    size_t name_begin = name_end;
    while (name_begin > 0 && IsNameChar(text[name_begin - 1])) --name_begin;
    const std::string name = text.substr(name_begin, name_end - name_begin);
    if (name.empty() || !IsSecretName(name)) continue;
    size_t value = at + 1;
    while (value < text.size() && text[value] == ' ') ++value;
    const bool quoted = value < text.size() && (text[value] == '"' || text[value] == '\'');
    const bool header =
        name.size() == 13 && (name[0] == 'A' || name[0] == 'a');  // Authorization: Bearer xyz
    const size_t end = ValueEnd(text, value, header);
    if (quoted) ++value;
    if (value >= end) continue;
    text.replace(value, end - value, kMask);
    at = value + kMask.size() - 1;
  }
  return text;
}

}  // namespace vr
