// Seats: how many workers of a pool are at work, those apart that hang in what they do.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>

#include "base/clock.h"

namespace vr::runtime {

// A pool has more workers than seats. A worker takes a seat to look for work, and keeps it for
// `patience` after it has found some; if it is at work for longer, another worker may have the
// seat. So workers that hang do not keep the others from working, and whoever works normally is
// one of `seats` at a time. Thread-safe.
class Seats {
 public:
  Seats(int seats, Duration patience, const Clock& clock)
      : seats_(seats), patience_(patience), clock_(clock) {}

  // Gives back what this worker had, and waits for a seat; false once a stop is requested.
  bool Take(int worker, const std::stop_token& stop);
  // It has found work.
  void Begin(int worker);

 private:
  TimePoint FreeAt() const;  // under mutex_

  const int seats_;
  const Duration patience_;
  const Clock& clock_;
  std::mutex mutex_;  // guards all below
  std::condition_variable_any changed_;
  std::map<int, TimePoint> until_;  // of each worker with a seat; max: it looks for work
  int timed_ = 0;                   // waits that end by themselves when the next seat is free
};

}  // namespace vr::runtime
