// HealthChecks: named questions with a yes or a reason, behind /healthz, /readyz and /health.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/result.h"

namespace vr::obs {

enum class CheckKind {
  kLiveness,   // failing: restart the process
  kReadiness,  // failing: send no traffic
};

// Thread-safe. A check runs on the asking thread and must not wait.
class HealthChecks {
 public:
  using Check = std::function<Status()>;

  void Register(CheckKind kind, std::string name, Check check);
  void Unregister(const std::string& name);

  // ok, or kUnavailable naming each failing check of that kind and its reason. Liveness checks
  // count for readiness too.
  Status Ask(CheckKind kind) const;

  // {"status":"healthy","checks":{"store":{"status":"healthy"},...}}
  std::string Json() const;

 private:
  struct Entry {
    CheckKind kind;
    Check check;
  };
  std::map<std::string, Entry> Copy() const;

  mutable std::mutex mutex_;  // guards checks_
  std::map<std::string, Entry> checks_;
};

}  // namespace vr::obs
