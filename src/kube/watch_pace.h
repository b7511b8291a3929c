// WatchPace: how long a loop of watches pauses between two of them.
#pragma once

#include "base/backoff.h"
#include "base/result.h"

namespace vr::kube {

// A server ends each watch after a while, and the next one begins at once. While watches fail, or
// end as soon as they began, the pauses grow: 0.8 s doubling to 30 s. For one thread.
//
//   const TimePoint began = ctx.clock().Now();
//   const Status ended = client.Watch(ctx, ...);
//   if (!ctx.Sleep(pace.After(ended, ctx.clock().Now() - began))) return;
class WatchPace {
 public:
  // What lasted that long was sound, whatever ended it.
  static constexpr Duration kSound = std::chrono::seconds(10);

  explicit WatchPace(RandomUnit random = MakeRandomUnit()) : random_(std::move(random)) {}

  // The pause after a watch that ended like this; a list before it counts as part of it.
  Duration After(const Status& ended, Duration lasted);

 private:
  const RandomUnit random_;
  int failures_ = 0;  // in a row
};

}  // namespace vr::kube
