// EventRecorder: what people see under "Events" of `kubectl describe`.
#pragma once

#include <string>

#include "kube/object.h"

namespace vr::kube {

// The object that an event is about.
struct ObjectReference {
  std::string api_version;
  std::string kind;
  Key key;
  std::string uid;
  std::string resource_version;

  friend bool operator==(const ObjectReference&, const ObjectReference&) = default;
};

enum class EventType { kNormal, kWarning };

// Thread-safe. Never blocks and never fails: an event is help for people, not state.
// ApiEventRecorder writes them; testing::FakeEventRecorder remembers them.
class EventRecorder {
 public:
  virtual ~EventRecorder() = default;
  // `reason` is one word in CamelCase, the same for the same cause; `message` is a sentence, from
  // which secrets are masked.
  virtual void Record(const ObjectReference& about, EventType type, const std::string& reason,
                      const std::string& message) = 0;
};

}  // namespace vr::kube
