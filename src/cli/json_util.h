// Reading objects that we only show.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace vr::cli {

// The text at a JSON pointer ("/spec/providerRef/name"); numbers and booleans as text; "" where
// there is nothing.
std::string TextAt(const nlohmann::json& object, const char* pointer);

// A list of texts, joined.
std::string JoinAt(const nlohmann::json& object, const char* pointer,
                   std::string_view separator = ",");

// The condition of that type, or null.
nlohmann::json ConditionOf(const nlohmann::json& object, std::string_view type);

// "virtualmachine.infra.virtrigaud.io/web", as kubectl names an object.
std::string ObjectName(const nlohmann::json& object);

// "5m" since an RFC 3339 time, or the time itself; "<unknown>" without one.
enum class TimeStyle { kAge, kTimestamp };
std::string ShowTime(const std::string& timestamp, WallTime now, TimeStyle style);

}  // namespace vr::cli
