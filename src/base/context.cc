#include "base/context.h"

#include <algorithm>

namespace vr {

Context Context::WithDeadline(TimePoint deadline) const {
  Context narrower = *this;
  narrower.deadline_ = std::min(deadline_, deadline);
  return narrower;
}

Context Context::WithTimeout(Duration timeout) const {
  const TimePoint now = clock_->Now();
  if (timeout > TimePoint::max() - now) return *this;
  return WithDeadline(now + timeout);
}

Context Context::WithStop(std::stop_token stop) const {
  Context other = *this;
  other.stop_ = std::move(stop);
  return other;
}

Context Context::WithField(std::string key, std::string value) const {
  Context richer = *this;
  const auto same = std::find_if(richer.fields_.begin(), richer.fields_.end(),
                                 [&](const auto& field) { return field.first == key; });
  if (same != richer.fields_.end()) {
    same->second = std::move(value);
  } else {
    richer.fields_.emplace_back(std::move(key), std::move(value));
  }
  return richer;
}

Duration Context::Remaining() const {
  if (!has_deadline()) return Duration::max();
  return std::max(Duration::zero(), Duration(deadline_ - clock_->Now()));
}

Status Context::Check(std::string_view what) const {
  if (stop_.stop_requested())
    return Error{ErrorKind::kCancelled, std::string(what) + " was cancelled", {}};
  if (has_deadline() && clock_->Now() >= deadline_) {
    return Error{ErrorKind::kTimeout, std::string(what) + " ran out of time", {}};
  }
  return {};
}

Status Context::Sleep(Duration duration) const {
  clock_->Sleep(stop_, std::min(duration, Remaining()));
  return Check("wait");
}

}  // namespace vr
