// Attempts: how long a VM's failed action waits before it is tried again.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"

namespace vr::controllers {

// Thread-safe. Kept in memory: a new manager tries once at once. The work queue cannot know this: a
// pass that starts a task is no failure, the task's end is.
class Attempts {
 public:
  static constexpr BackoffPolicy kPolicy{.base = std::chrono::seconds(1),
                                         .max = std::chrono::minutes(5)};

  // `clock` outlives this.
  explicit Attempts(const Clock& clock, BackoffPolicy policy = kPolicy)
      : clock_(clock), policy_(policy) {}

  // Zero if the object may act: nothing failed, the wait is over, or it is about something else now
  // (`about` names the versions of all that the action was made from).
  Duration Wait(const std::string& uid, const std::string& about) const;
  void Failed(const std::string& uid, const std::string& about);
  void Forget(const std::string& uid);

 private:
  struct Failure {
    std::string about;
    int count = 0;
    TimePoint next{};
  };

  const Clock& clock_;
  const BackoffPolicy policy_;
  mutable std::mutex mutex_;  // guards failures_
  std::map<std::string, Failure> failures_;
};

}  // namespace vr::controllers
