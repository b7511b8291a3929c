#include "api/alias_values.h"

#include <nlohmann/json.hpp>

#include "api/formats.h"
#include "base/duration.h"
#include "base/quantity.h"
#include "base/text.h"

namespace vr::api {
namespace {

using Json = nlohmann::json;

Json Gibibytes(const Json& value, std::string& problem) {
  const auto quantity =
      Quantity::Parse(value.is_string() ? value.get<std::string>() : value.dump());
  if (!quantity || quantity->Value() <= 0) {
    problem = "must be a size above zero, for example 100Gi";
    return value;
  }
  constexpr int64_t kGib = int64_t{1} << 30U;
  return quantity->Value() / kGib + (quantity->Value() % kGib > 0 ? 1 : 0);
}

Json Joined(const Json& list, std::string& problem) {
  std::string joined;
  for (const Json& item : list) {
    if (!item.is_string()) {
      problem = "must be a list of strings";
      return list;
    }
    joined += (joined.empty() ? "" : ",") + item.get<std::string>();
  }
  return joined;
}

// Letters, digits and dashes, with a letter or digit at both ends.
Json Identifier(const std::string& text, std::string& problem) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || (c == '_' && !out.empty())) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (!out.empty() && (out.back() == '-' || out.back() == '_')) out.pop_back();
  if (out.empty()) problem = "must contain a letter or a digit";
  return out;
}

std::string TextOf(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

// A quantity may be a number.
std::string PlainText(const Json& value) {
  return value.is_string() ? TextOf(value) : value.dump();
}

std::string WithoutSpaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

std::string PlainFirmware(const std::string& given) {
  const std::string lower = Lowercase(given);
  if (lower == "bios") return "BIOS";
  return lower == "uefi" || lower == "efi" ? "UEFI" : given;
}

bool NormalizeFirmware(Json& value) {
  if (!value.is_string()) return false;
  const std::string given = value.get<std::string>();
  value = PlainFirmware(given);
  return value != given;
}

Json ProxmoxTemplate(const std::string& name, bool& is_id) {
  constexpr size_t kMostDigits = 9;
  is_id = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos &&
          name.size() <= kMostDigits;
  return is_id ? Json{{"proxmox", {{"templateID", std::stoi(name)}}}}
               : Json{{"proxmox", {{"templateName", name}}}};
}

}  // namespace

bool SameValue(const Field& field, const Json& a, const Json& b) {
  if (a == b) return true;
  if (field.type == FieldType::kIntOrString) {
    const auto left = Quantity::Parse(PlainText(a));
    const auto right = Quantity::Parse(PlainText(b));
    return left.ok() && right.ok() && left->Value() == right->Value();
  }
  if (!a.is_string() || !b.is_string()) return false;
  const std::string left = TextOf(a);
  const std::string right = TextOf(b);
  if (field.format == "duration") {
    const auto first = ParseDuration(left);
    const auto second = ParseDuration(right);
    return first.ok() && second.ok() && *first == *second;
  }
  if (field.format == "ip") return SameAddress(left, right);
  if (field.name == "macAddress") return PlainMac(left) == PlainMac(right);
  if (field.name == "firmware") return PlainFirmware(left) == PlainFirmware(right);
  if (field.name == "dns") return WithoutSpaces(left) == WithoutSpaces(right);
  return false;
}

Json TransformAlias(const std::string& transform, const Json& value, std::string& problem) {
  if (transform == "mebi") return value.dump() + "Mi";
  if (transform == "gibi") return value.dump() + "Gi";
  if (transform == "gibibytes") return Gibibytes(value, problem);
  if (transform == "join") return Joined(value, problem);
  if (transform == "lower") return Lowercase(TextOf(value));
  if (transform == "identifier") return Identifier(TextOf(value), problem);
  if (transform == "linked") return value == true ? "LinkedClone" : "FullClone";
  if (transform == "ipPolicy") {
    const std::string policy = Lowercase(TextOf(value));
    return policy == "dhcp" ? "DHCP" : policy == "static" ? "Static" : "None";
  }
  return value;
}

Normalized NormalizeValue(const std::string& normalize, Json& value) {
  if (normalize == "firmware") return {.changed = NormalizeFirmware(value)};
  if (normalize == "on-off" && value.is_boolean()) {
    value = value.get<bool>() ? "On" : "Off";
    return {.changed = true};
  }
  if (normalize == "enabled" && value.is_boolean()) {
    value = Json{{"enabled", value.get<bool>()}};
    return {.changed = true, .warn = true, .stands_for = "enabled"};
  }
  if (normalize == "cron" && value.is_string()) {
    value = Json{{"enabled", true}, {"cronSpec", value.get<std::string>()}};
    return {.changed = true, .warn = true, .stands_for = "cronSpec"};
  }
  if (normalize == "proxmox-template" && (value.is_string() || value.is_number_integer())) {
    bool is_id = false;
    value = ProxmoxTemplate(PlainText(value), is_id);
    return {.changed = true,
            .warn = true,
            .stands_for = is_id ? "proxmox.templateID" : "proxmox.templateName"};
  }
  if (normalize == "vm-anti-affinity" && value.is_array()) {
    const Json term = {{"topologyKey", "kubernetes.io/hostname"}, {"matchExpressions", value}};
    value = Json{{"vmAntiAffinity", {{"requiredDuringScheduling", Json::array({term})}}}};
    return {.changed = true, .warn = true, .stands_for = "vmAntiAffinity.requiredDuringScheduling"};
  }
  return {};
}

}  // namespace vr::api
