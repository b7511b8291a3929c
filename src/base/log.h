// The log facade: a constant message, data as key-values, JSON or console, secrets redacted.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/context.h"

namespace vr {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kJson, kConsole };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kJson;
  bool sampling = true;  // after 100 equal messages in a second, every 100th
  std::function<void(std::string_view line)> sink = {};  // for tests; empty writes to stderr
};

// "debug", "info", "warn"/"warning", "error"; kInvalidSpec otherwise. "json" or "console"/"text".
Result<LogLevel> ParseLogLevel(std::string_view text);
Result<LogFormat> ParseLogFormat(std::string_view text);

// Sets how the whole process logs; called once by main, again by tests. Thread-safe.
void ConfigureLog(const LogOptions& options);
bool LogEnabled(LogLevel level);

using LogPair = std::pair<std::string_view, std::string>;

// Writes one line with the context's fields and the given pairs. Values of secret-looking keys, and
// secrets inside values, are masked. Thread-safe; never throws.
void Log(LogLevel level, const Context& ctx, std::string_view message,
         std::initializer_list<LogPair> pairs = {});

inline void LogDebug(const Context& ctx, std::string_view message,
                     std::initializer_list<LogPair> pairs = {}) {
  if (LogEnabled(LogLevel::kDebug)) Log(LogLevel::kDebug, ctx, message, pairs);
}
inline void LogInfo(const Context& ctx, std::string_view message,
                    std::initializer_list<LogPair> pairs = {}) {
  Log(LogLevel::kInfo, ctx, message, pairs);
}
inline void LogWarn(const Context& ctx, std::string_view message,
                    std::initializer_list<LogPair> pairs = {}) {
  Log(LogLevel::kWarn, ctx, message, pairs);
}
inline void LogError(const Context& ctx, std::string_view message,
                     std::initializer_list<LogPair> pairs = {}) {
  Log(LogLevel::kError, ctx, message, pairs);
}

}  // namespace vr
