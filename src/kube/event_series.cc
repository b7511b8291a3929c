#include "kube/event_series.h"

#include <algorithm>
#include <utility>

namespace vr::kube {
namespace {

void AddPart(std::string& key, const std::string& part) {
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

std::string ObjectKey(const RecordedEvent& event) {
  std::string key;
  for (const std::string& part : {event.about.api_version, event.about.kind, event.about.key.ns,
                                  event.about.key.name, event.about.uid})
    AddPart(key, part);
  return key;
}

// The entry of that key, moved to the front; a new one, at the cost of the oldest, if there is
// none.
template <class Entry>
Entry& Touch(const std::string& key, size_t limit, std::list<Entry>& entries,
             std::map<std::string, typename std::list<Entry>::iterator>& by_key,
             const Entry& fresh) {
  const auto found = by_key.find(key);
  if (found != by_key.end()) {
    entries.splice(entries.begin(), entries, found->second);
    return entries.front();
  }
  if (!entries.empty() && entries.size() >= limit) {
    by_key.erase(entries.back().key);
    entries.pop_back();
  }
  entries.push_front(fresh);
  by_key[key] = entries.begin();
  return entries.front();
}

}  // namespace

EventSeries::EventSeries(EventSeriesOptions options, const Clock& clock)
    : options_(options), clock_(clock) {}

EventOccurrence* EventSeries::Next(const RecordedEvent& event) {
  if (!TakeToken(event)) return nullptr;
  std::string key = ObjectKey(event);
  AddPart(key, event.type == EventType::kWarning ? "Warning" : "Normal");
  AddPart(key, event.reason);
  AddPart(key, event.message);
  Series& series = Touch(key, options_.max_series, series_, series_by_key_,
                         Series{key, {.name = "", .count = 0, .first = event.time}});
  ++series.occurrence.count;
  return &series.occurrence;
}

bool EventSeries::TakeToken(const RecordedEvent& event) {
  const std::string key = ObjectKey(event);
  const TimePoint now = clock_.Now();
  const auto burst = static_cast<double>(options_.burst);
  Bucket& bucket =
      Touch(key, options_.max_objects, buckets_, buckets_by_key_, Bucket{key, burst, now});
  const std::chrono::duration<double> passed = now - bucket.refilled;
  const std::chrono::duration<double> refill = options_.refill;
  bucket.tokens = std::min(burst, bucket.tokens + passed / refill);
  bucket.refilled = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace vr::kube
