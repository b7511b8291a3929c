#include "resilience/config.h"

#include <charconv>
#include <type_traits>

#include "base/duration.h"

namespace vr::resilience {
namespace {

using Environment = std::map<std::string, std::string>;

// Collects the first error, so that the list of variables below reads as a table.
class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  void Time(const char* name, Duration& out) {
    const std::string text = Text(name);
    if (text.empty()) return;
    const bool bare = text.find_first_not_of("0123456789") == std::string::npos;
    const auto parsed = ParseDuration(bare ? text + "s" : text);
    if (!parsed || *parsed <= Duration::zero())
      return Fail(name, text, "a duration above zero, for example 30s");
    out = *parsed;
  }

  template <class Number>
  void Value(const char* name, Number low, Number high, Number& out) {
    const std::string text = Text(name);
    if (text.empty()) return;
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() ||
        !(value >= low && value <= high)) {
      return Fail(name, text, "a number from " + Show(low) + " to " + Show(high));
    }
    out = value;
  }

  void Flag(const char* name, bool& out) {
    const std::string text = Text(name);
    if (text.empty()) return;
    if (text != "true" && text != "false") return Fail(name, text, "true or false");
    out = text == "true";
  }

  const Status& status() const { return status_; }

 private:
  std::string Text(const char* name) const {
    const auto it = environment_.find(name);
    return it == environment_.end() ? "" : it->second;
  }

  template <class Number>
  static std::string Show(Number value) {
    if constexpr (std::is_integral_v<Number>) return std::to_string(value);
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  }

  void Fail(const std::string& name, const std::string& text, const std::string& wanted) {
    if (!status_) return;
    status_ = Error{ErrorKind::kInvalidSpec,
                    "environment variable " + name + " is '" + text + "'; set it to " + wanted,
                    {}};
  }

  const Environment& environment_;
  Status status_;
};

}  // namespace

Result<Config> ConfigFromEnvironment(const Environment& environment) {
  Config config;
  Reader read(environment);
  read.Time("RPC_TIMEOUT_DESCRIBE", config.timeouts.describe);
  read.Time("RPC_TIMEOUT_MUTATING", config.timeouts.mutating);
  read.Time("RPC_TIMEOUT_VALIDATE", config.timeouts.validate);
  read.Time("RPC_TIMEOUT_TASK_STATUS", config.timeouts.task_status);
  read.Value("RETRY_MAX_ATTEMPTS", 1, 100, config.retry.max_attempts);
  read.Time("RETRY_BASE_DELAY", config.retry.base_delay);
  read.Time("RETRY_MAX_DELAY", config.retry.max_delay);
  read.Value("RETRY_MULTIPLIER", 1.0, 10.0, config.retry.multiplier);
  read.Flag("RETRY_JITTER", config.retry.jitter);
  read.Value("CB_FAILURE_THRESHOLD", 1, 10000, config.breaker.failure_threshold);
  read.Time("CB_RESET_SECONDS", config.breaker.reset);
  read.Value("CB_HALF_OPEN_MAX_CALLS", 1, 1000, config.breaker.half_open_max_calls);
  read.Value("RATE_LIMIT_QPS", 0.1, 100000.0, config.rate_limit.qps);
  read.Value("RATE_LIMIT_BURST", 1, 100000, config.rate_limit.burst);
  read.Value("MAX_INFLIGHT_TASKS", 1, 100000, config.max_inflight_tasks);
  if (!read.status()) return read.status().error();
  return config;
}

}  // namespace vr::resilience
