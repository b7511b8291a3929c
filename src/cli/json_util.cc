#include "cli/json_util.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/timestamp.h"

namespace vr::cli {
namespace {
using Json = nlohmann::json;

std::string AsText(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}
}  // namespace

std::string TextAt(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  return object.contains(at) ? AsText(object.at(at)) : "";
}

std::string JoinAt(const Json& object, const char* pointer, std::string_view separator) {
  const Json::json_pointer at(pointer);
  std::string joined;
  if (!object.contains(at) || !object.at(at).is_array()) return joined;
  for (const Json& item : object.at(at)) {
    if (!joined.empty()) joined += separator;
    joined += AsText(item);
  }
  return joined;
}

Json ConditionOf(const Json& object, std::string_view type) {
  const Json::json_pointer at("/status/conditions");
  if (!object.contains(at)) return nullptr;
  for (const Json& condition : object.at(at)) {
    if (TextAt(condition, "/type") == type) return condition;
  }
  return nullptr;
}

std::string ObjectName(const Json& object) {
  std::string kind = Lowercase(TextAt(object, "/kind"));
  const std::string api_version = TextAt(object, "/apiVersion");
  const size_t slash = api_version.find('/');
  if (slash != std::string::npos) kind += "." + api_version.substr(0, slash);
  return kind + "/" + TextAt(object, "/metadata/name");
}

std::string ShowTime(const std::string& timestamp, WallTime now, TimeStyle style) {
  if (timestamp.empty()) return "<unknown>";
  const auto time = ParseTimestamp(timestamp);
  if (!time || style == TimeStyle::kTimestamp) return timestamp;
  return FormatAge(now - *time);
}

}  // namespace vr::cli
