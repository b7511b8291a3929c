#include "controlplane/continue_token.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/base64.h"
#include "controlplane/base64.h"
#include "controlplane/decoding.h"

namespace vr::controlplane {
namespace {

constexpr const char* kFormat = "meta.k8s.io/v1";

Failure Bad(const std::string& why) {
  return BadRequest("invalid continue token: continue key is not valid: " + why);
}

// Between the alphabet of URLs, without padding, and the usual one.
std::string FromUrl(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string ToUrl(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

}  // namespace

std::string ContinueToken(const Page& page, const std::string& ns) {
  // The key after the last one: nothing sorts between a name and the name with a zero byte.
  std::string start = (ns.empty() && !page.after.ns.empty() ? page.after.ns + "/" : "") +
                      page.after.name + std::string(1, '\0');
  const Json token = {{"v", kFormat}, {"rv", page.version}, {"start", std::move(start)}};
  return ToUrl(EncodeBase64(token.dump()));
}

Outcome<Page> ParseContinue(const std::string& token, const std::string& ns) {
  const std::string padded = FromUrl(token);
  if (const auto bad = FirstBadBase64(padded))
    return Bad("illegal base64 data at input byte " + std::to_string(std::min(*bad, token.size())));
  const auto text = DecodeBase64(padded);
  if (!text) return Bad("illegal base64 data at input byte 0");
  const Json parsed = Json::parse(*text, nullptr, false);
  if (parsed.is_discarded()) return Bad(ParseProblem(*text));
  const bool known = parsed.is_object() && parsed.value("v", Json()) == kFormat;
  if (!known) {
    const Json version = parsed.is_object() ? parsed.value("v", Json()) : Json();
    return Bad("server does not recognize this encoded version " +
               (version.is_string() ? version.get<std::string>() : ""));
  }
  const Json version = parsed.value("rv", Json());
  const Json start = parsed.value("start", Json());
  if (!version.is_number_unsigned() || !start.is_string())
    return Bad("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  std::string key = start.get<std::string>();
  if (key.empty()) return Bad("encoded start key empty (version meta.k8s.io/v1)");
  if (key.back() == '\0') key.pop_back();
  const size_t slash = key.find('/');
  if (ns.empty() && slash != std::string::npos)
    return Page{version.get<uint64_t>(), {key.substr(0, slash), key.substr(slash + 1)}};
  return Page{version.get<uint64_t>(), {ns, key}};
}

}  // namespace vr::controlplane
