// ApiEventRecorder: writes Events to the API server.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "base/context.h"
#include "kube/client.h"
#include "kube/event_series.h"
#include "kube/events.h"
#include "obs/metrics.h"

namespace vr::kube {

struct EventRecorderOptions {
  std::string component = "virtrigaud-manager";  // source.component
  std::string instance;                          // of the component: the pod's or host's name
  size_t max_queue = 1000;
  int max_attempts = 4;  // per event while the API server cannot be reached
  EventSeriesOptions series = {};
};

// Thread-safe. One thread writes; Record only puts into a bounded queue. The same event again
// raises the count of the Event that is there. What is not written is counted in
// virtrigaud_events_dropped_total.
class ApiEventRecorder final : public EventRecorder {
 public:
  // All outlive the recorder.
  ApiEventRecorder(EventRecorderOptions options, const Client& client, obs::Registry& metrics,
                   const Clock& clock);
  ~ApiEventRecorder() override;  // Stop() without grace
  ApiEventRecorder(const ApiEventRecorder&) = delete;
  ApiEventRecorder& operator=(const ApiEventRecorder&) = delete;

  void Record(const ObjectReference& about, EventType type, const std::string& reason,
              const std::string& message) override;

  // Writes what is queued, for `grace` at most, then ends the thread. Later events are dropped. May
  // be called again.
  void Stop(Duration grace);

 private:
  void Run(const std::stop_token& stop);
  void Write(const Context& ctx, const RecordedEvent& event);
  Status WriteOnce(const Context& ctx, const RecordedEvent& event, EventOccurrence& occurrence,
                   const std::string& new_name);
  std::string NewName(const RecordedEvent& event);
  Json Body(const RecordedEvent& event, const EventOccurrence& occurrence,
            const std::string& name) const;
  void CountDropped(const char* reason, size_t count = 1);

  const EventRecorderOptions options_;
  const Client& client_;
  obs::Registry& metrics_;
  const Clock& clock_;
  EventSeries series_;      // the writer's
  uint64_t next_name_ = 0;  // the writer's
  std::mutex mutex_;        // guards all below
  std::condition_variable_any changed_;
  std::deque<RecordedEvent> queue_;
  bool closing_ = false;
  bool finished_ = false;
  std::jthread thread_;
};

}  // namespace vr::kube
