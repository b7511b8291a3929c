#include "kube/watch_pace.h"

namespace vr::kube {

Duration WatchPace::After(const Status& ended, Duration lasted) {
  if (lasted >= kSound) failures_ = 0;
  if (ended && lasted >= kSound) return Duration::zero();
  return BackoffDelay(BackoffPolicy{}, ++failures_, random_);
}

}  // namespace vr::kube
