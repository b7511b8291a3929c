// FakeEventRecorder: remembers the events.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "kube/events.h"

namespace vr::testing {

// Thread-safe.
class FakeEventRecorder final : public kube::EventRecorder {
 public:
  struct Event {
    kube::ObjectReference about;
    kube::EventType type;
    std::string reason;
    std::string message;
  };

  void Record(const kube::ObjectReference& about, kube::EventType type, const std::string& reason,
              const std::string& message) override {
    const std::lock_guard lock(mutex_);
    events_.push_back({about, type, reason, message});
  }

  std::vector<Event> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  // "NAMESPACE/NAME REASON" of each, in order.
  std::vector<std::string> Reasons() const {
    std::vector<std::string> reasons;
    for (const Event& event : events())
      reasons.push_back(event.about.key.ToString() + " " + event.reason);
    return reasons;
  }

 private:
  mutable std::mutex mutex_;  // guards events_
  std::vector<Event> events_;
};

}  // namespace vr::testing
