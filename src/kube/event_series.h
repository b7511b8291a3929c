// EventSeries: which events are repetitions, and which are too many.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "kube/events.h"

namespace vr::kube {

// An event as it was recorded.
struct RecordedEvent {
  ObjectReference about;
  EventType type = EventType::kNormal;
  std::string reason;
  std::string message;
  WallTime time;
};

// The Event object that stands for all repetitions so far.
struct EventOccurrence {
  std::string name;  // empty: not written yet
  int count = 0;
  WallTime first;
};

struct EventSeriesOptions {
  size_t max_series = 4096;  // the longest unused is forgotten, and its next event starts anew
  size_t max_objects = 4096;
  int burst = 25;  // of one object
  Duration refill = std::chrono::minutes(5);
};

// One thread.
class EventSeries {
 public:
  EventSeries(EventSeriesOptions options, const Clock& clock);

  // Counts the event; nothing if its object has had too many. The pointer is valid until the next
  // call.
  EventOccurrence* Next(const RecordedEvent& event);

 private:
  using SeriesKey = std::string;
  struct Series {
    SeriesKey key;
    EventOccurrence occurrence;
  };
  struct Bucket {
    std::string key;
    double tokens = 0;
    TimePoint refilled;
  };
  bool TakeToken(const RecordedEvent& event);

  const EventSeriesOptions options_;
  const Clock& clock_;
  std::list<Series> series_;  // the last used first
  std::map<SeriesKey, std::list<Series>::iterator> series_by_key_;
  std::list<Bucket> buckets_;  // the last used first
  std::map<std::string, std::list<Bucket>::iterator> buckets_by_key_;
};

}  // namespace vr::kube
