#include "base/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/redact.h"
#include "base/timestamp.h"

namespace vr {
namespace {

struct Logger {
  LogOptions options;
  std::shared_ptr<spdlog::logger> out;
  std::mutex mutex;  // guards window and seen
  WallTime window;
  std::unordered_map<std::string, int> seen;
};

class CallbackSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit CallbackSink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    write_(std::string_view(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}

 private:
  std::function<void(std::string_view)> write_;
};

std::shared_ptr<Logger> MakeLogger(const LogOptions& options) {
  auto logger = std::make_shared<Logger>();
  logger->options = options;
  spdlog::sink_ptr sink;
  if (options.sink) {
    sink = std::make_shared<CallbackSink>(options.sink);
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  logger->out = std::make_shared<spdlog::logger>("virtrigaud", sink);
  logger->out->set_pattern("%v");
  logger->out->set_level(spdlog::level::trace);
  logger->out->flush_on(spdlog::level::trace);
  return logger;
}

// No std::atomic<std::shared_ptr>: the one of GCC 12 races with itself (a load unlocks relaxed).
class CurrentLogger {
 public:
  void Set(std::shared_ptr<Logger> logger) {
    level_ = logger->options.level;
    const std::lock_guard lock(mutex_);
    logger_ = std::move(logger);
  }
  std::shared_ptr<Logger> Get() const {
    const std::lock_guard lock(mutex_);
    return logger_;
  }
  LogLevel level() const { return level_; }

 private:
  mutable std::mutex mutex_;  // guards logger_
  std::shared_ptr<Logger> logger_ = MakeLogger({});
  std::atomic<LogLevel> level_ = LogOptions{}.level;
};

CurrentLogger& Current() {
  static CurrentLogger current;
  return current;
}

std::string_view Name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

void AppendJsonString(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
}

class Line {
 public:
  Line(LogFormat format, LogLevel level, std::string_view message) : format_(format) {
    const std::string now = FormatMicroTimestamp(SystemClock().WallNow());
    if (format_ == LogFormat::kConsole) {
      text_ = now + "\t" + std::string(Name(level)) + "\t" + Redact(message);
      return;
    }
    text_ = "{";
    Add("ts", now);
    Add("level", Name(level));
    Add("msg", Redact(message));
  }

  void Add(std::string_view key, std::string_view value) {
    const std::string shown = IsSecretName(key) ? "[REDACTED]" : Redact(value);
    if (format_ == LogFormat::kConsole) {
      text_ += "\t" + std::string(key) + "=";
      if (shown.find_first_of(" \t\n\"") == std::string::npos) {
        text_ += shown;
      } else {
        AppendJsonString(text_, shown);
      }
      return;
    }
    if (text_.size() > 1) text_ += ',';
    AppendJsonString(text_, key);
    text_ += ':';
    AppendJsonString(text_, shown);
  }

  std::string Take() { return format_ == LogFormat::kJson ? text_ + "}" : text_; }

 private:
  LogFormat format_;
  std::string text_;
};

// True for a line that sampling leaves out.
bool Dropped(Logger& logger, std::string_view message) {
  constexpr int kPerSecond = 100;
  const std::scoped_lock lock(logger.mutex);
  const WallTime now = SystemClock().WallNow();
  if (now - logger.window >= std::chrono::seconds(1)) {
    logger.window = now;
    logger.seen.clear();
  }
  const int count = ++logger.seen[std::string(message)];
  return count > kPerSecond && count % kPerSecond != 0;
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view text) {
  if (text == "debug" || text == "trace") return LogLevel::kDebug;
  if (text == "info" || text.empty()) return LogLevel::kInfo;
  if (text == "warn" || text == "warning") return LogLevel::kWarn;
  if (text == "error") return LogLevel::kError;
  return Error{ErrorKind::kInvalidSpec,
               "'" + std::string(text) + "' is not a log level; use debug, info, warn or error",
               {}};
}

Result<LogFormat> ParseLogFormat(std::string_view text) {
  if (text == "json" || text.empty()) return LogFormat::kJson;
  if (text == "console" || text == "text") return LogFormat::kConsole;
  return Error{ErrorKind::kInvalidSpec,
               "'" + std::string(text) + "' is not a log format; use json or console",
               {}};
}

void ConfigureLog(const LogOptions& options) { Current().Set(MakeLogger(options)); }

bool LogEnabled(LogLevel level) { return level >= Current().level(); }

void Log(LogLevel level, const Context& ctx, std::string_view message,
         std::initializer_list<LogPair> pairs) {
  if (!LogEnabled(level)) return;
  const std::shared_ptr<Logger> logger = Current().Get();
  if (logger->options.sampling && level < LogLevel::kError && Dropped(*logger, message)) return;
  Line line(logger->options.format, level, message);
  for (const auto& [key, value] : ctx.fields()) line.Add(key, value);
  for (const auto& [key, value] : pairs) line.Add(key, value);
  logger->out->info(line.Take());
}

}  // namespace vr
