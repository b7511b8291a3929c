#include "obs/health.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace vr::obs {

void HealthChecks::Register(CheckKind kind, std::string name, Check check) {
  const std::scoped_lock lock(mutex_);
  checks_.insert_or_assign(std::move(name), Entry{kind, std::move(check)});
}

void HealthChecks::Unregister(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  checks_.erase(name);
}

std::map<std::string, HealthChecks::Entry> HealthChecks::Copy() const {
  const std::scoped_lock lock(mutex_);
  return checks_;
}

Status HealthChecks::Ask(CheckKind kind) const {
  std::string failures;
  for (const auto& [name, entry] : Copy()) {
    if (kind == CheckKind::kLiveness && entry.kind != CheckKind::kLiveness) continue;
    const Status status = entry.check();
    if (!status) failures += (failures.empty() ? "" : "; ") + name + ": " + status.error().message;
  }
  if (failures.empty()) return {};
  return Error{ErrorKind::kUnavailable, failures, {}};
}

std::string HealthChecks::Json() const {
  nlohmann::json checks = nlohmann::json::object();
  bool healthy = true;
  for (const auto& [name, entry] : Copy()) {
    const Status status = entry.check();
    checks[name]["status"] = status ? "healthy" : "unhealthy";
    if (!status) checks[name]["message"] = status.error().message;
    healthy = healthy && status.ok();
  }
  return nlohmann::json{{"status", healthy ? "healthy" : "unhealthy"}, {"checks", checks}}.dump();
}

}  // namespace vr::obs
