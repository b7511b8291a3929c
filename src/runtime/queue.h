// WorkQueue: keys that need a look, each on one worker at a time.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>

#include "base/backoff.h"
#include "base/clock.h"
#include "kube/object.h"

namespace vr::runtime {

enum class Priority { kHigh, kLow };  // fresh changes; initial list and resync

// Thread-safe. A key that is added while a worker has it is handed out again after Done. Delays
// keep the earlier due time.
class WorkQueue {
 public:
  // Of keys that failed: 5 ms doubling to 5 minutes.
  static constexpr BackoffPolicy kRetryBackoff{.base = std::chrono::milliseconds(5),
                                               .max = std::chrono::minutes(5),
                                               .multiplier = 2.0,
                                               .jitter = 0.0};

  explicit WorkQueue(const Clock& clock, BackoffPolicy backoff = kRetryBackoff,
                     std::function<void()> on_add = {});

  void Add(const kube::Key& key, Priority priority = Priority::kHigh);
  void AddAfter(const kube::Key& key, Duration delay);
  void AddRateLimited(const kube::Key& key);  // the delay doubles with each call until Forget
  void Forget(const kube::Key& key);
  void Done(const kube::Key& key);

  // Waits for a key; nothing once a stop is requested. Each key must be given back with Done.
  std::optional<kube::Key> Pop(const std::stop_token& stop);

  size_t depth() const;  // keys ready for a worker

 private:
  void MakeReady(const kube::Key& key, Priority priority);  // under mutex_
  std::optional<kube::Key> Take();                          // under mutex_
  void Undelay(const kube::Key& key);                       // under mutex_
  TimePoint TakeDue();  // moves what is due; when the next one is; under mutex_

  const Clock& clock_;
  const BackoffPolicy backoff_;
  const std::function<void()> on_add_;  // counts what becomes ready; prompt, called under mutex_
  mutable std::mutex mutex_;            // guards all below
  std::condition_variable_any changed_;
  std::deque<kube::Key> high_, low_;
  std::map<kube::Key, Priority> dirty_;  // needs a look
  std::set<kube::Key> processing_;       // on a worker
  std::map<kube::Key, TimePoint> delayed_;
  std::set<std::pair<TimePoint, kube::Key>> due_;  // the same, soonest first
  std::map<kube::Key, int> failures_;
};

}  // namespace vr::runtime
