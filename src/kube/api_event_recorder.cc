#include "kube/api_event_recorder.h"

#include <pthread.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/backoff.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/timestamp.h"
#include "obs/catalog.h"

namespace vr::kube {
namespace {

constexpr size_t kLongestMessage = 1024;  // what the API server takes
constexpr size_t kLongestName = 253;
constexpr std::chrono::seconds kCallTimeout(10);

const ResourceType& Events() {
  static const ResourceType type{"", "v1", "Event", "events", true};
  return type;
}

// Not longer than `limit` bytes, and never half a UTF-8 character at its end.
std::string Shortened(std::string text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  text.resize(limit);
  return text;
}

// Events of cluster-scoped objects live in the default namespace.
std::string NamespaceOf(const RecordedEvent& event) {
  return event.about.key.ns.empty() ? "default" : event.about.key.ns;
}

}  // namespace

ApiEventRecorder::ApiEventRecorder(EventRecorderOptions options, const Client& client,
                                   obs::Registry& metrics, const Clock& clock)
    : options_(std::move(options)),
      client_(client),
      metrics_(metrics),
      clock_(clock),
      series_(options_.series, clock),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

ApiEventRecorder::~ApiEventRecorder() { Stop(Duration::zero()); }

void ApiEventRecorder::Record(const ObjectReference& about, EventType type,
                              const std::string& reason, const std::string& message) {
  RecordedEvent event{.about = about,
                      .type = type,
                      .reason = reason,
                      .message = Shortened(Redact(message), kLongestMessage),
                      .time = clock_.WallNow()};
  const char* dropped = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (closing_) {
      dropped = "stopped";
    } else if (queue_.size() >= options_.max_queue) {
      dropped = "queue-full";
    } else {
      queue_.push_back(std::move(event));
    }
  }
  if (dropped != nullptr) return CountDropped(dropped);
  changed_.notify_all();
}

void ApiEventRecorder::Stop(Duration grace) {
  std::unique_lock lock(mutex_);
  closing_ = true;
  changed_.notify_all();
  clock_.WaitUntil(lock, changed_, {}, clock_.Now() + grace, [this] { return finished_; });
  lock.unlock();
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  lock.lock();
  const size_t left = std::exchange(queue_, {}).size();
  lock.unlock();
  if (left > 0) CountDropped("stopped", left);
}

void ApiEventRecorder::CountDropped(const char* reason, size_t count) {
  metrics_.Increment(obs::kEventsDropped, {reason}, static_cast<double>(count));
}

void ApiEventRecorder::Run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "events");
  const Context ctx(stop, clock_);
  std::unique_lock lock(mutex_);
  for (;;) {
    clock_.WaitUntil(lock, changed_, stop, TimePoint::max(),
                     [this] { return closing_ || !queue_.empty(); });
    if (stop.stop_requested() || queue_.empty()) break;
    const RecordedEvent event = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    Write(ctx, event);
    lock.lock();
  }
  finished_ = true;
  changed_.notify_all();
}

void ApiEventRecorder::Write(const Context& ctx, const RecordedEvent& event) {
  EventOccurrence* occurrence = series_.Next(event);
  if (occurrence == nullptr) return CountDropped("rate-limit");
  const std::string name = NewName(event);
  const BackoffPolicy policy{
      .base = std::chrono::seconds(1), .max = std::chrono::seconds(10), .jitter = 0};
  Status status;
  for (int attempt = 1; attempt <= options_.max_attempts; ++attempt) {
    status = WriteOnce(ctx.WithTimeout(kCallTimeout), event, *occurrence, name);
    if (status || !status.error().retryable()) break;
    if (attempt < options_.max_attempts && !ctx.Sleep(BackoffDelay(policy, attempt))) break;
  }
  if (status) return;
  if (ctx.stop().stop_requested()) return CountDropped("stopped");
  CountDropped("refused");
  LogWarn(ctx, "Event could not be written",
          {{"object", event.about.key.ToString()},
           {"reason", event.reason},
           {"error", status.error().message}});
}

Status ApiEventRecorder::WriteOnce(const Context& ctx, const RecordedEvent& event,
                                   EventOccurrence& occurrence, const std::string& new_name) {
  const WriteOptions options{.field_manager = options_.component};
  if (!occurrence.name.empty()) {
    const Json patch = {{"count", occurrence.count},
                        {"lastTimestamp", FormatTimestamp(event.time)}};
    const Status patched = client_
                               .Patch(ctx, Events(), {NamespaceOf(event), occurrence.name},
                                      PatchType::kMerge, patch, options)
                               .status();
    // The server forgets Events after an hour or so: then this one starts anew.
    if (patched || patched.error().kind != ErrorKind::kNotFound) return patched;
    occurrence = {.name = "", .count = 1, .first = event.time};
  }
  const Status created =
      client_.Create(ctx, Events(), Body(event, occurrence, new_name), options).status();
  // It exists if the answer to the attempt before got lost: nobody else takes this name.
  if (created || created.error().kind == ErrorKind::kConflict) {
    occurrence.name = new_name;
    return {};
  }
  return created;
}

std::string ApiEventRecorder::NewName(const RecordedEvent& event) {
  const auto time = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(event.time.time_since_epoch()).count());
  std::array<char, 24> suffix{};
  std::snprintf(suffix.data(), suffix.size(), ".%016llx",
                static_cast<unsigned long long>(time + next_name_++));
  std::string name = event.about.key.name.substr(0, kLongestName - 17);
  while (name.ends_with('-') || name.ends_with('.')) name.pop_back();
  return name + suffix.data();
}

Json ApiEventRecorder::Body(const RecordedEvent& event, const EventOccurrence& occurrence,
                            const std::string& name) const {
  Json about = {{"apiVersion", event.about.api_version},
                {"kind", event.about.kind},
                {"name", event.about.key.name}};
  if (!event.about.key.ns.empty()) about["namespace"] = event.about.key.ns;
  if (!event.about.uid.empty()) about["uid"] = event.about.uid;
  if (!event.about.resource_version.empty())
    about["resourceVersion"] = event.about.resource_version;
  Json source = {{"component", options_.component}};
  if (!options_.instance.empty()) source["host"] = options_.instance;
  return {{"apiVersion", "v1"},
          {"kind", "Event"},
          {"metadata", {{"name", name}, {"namespace", NamespaceOf(event)}}},
          {"involvedObject", std::move(about)},
          {"type", event.type == EventType::kWarning ? "Warning" : "Normal"},
          {"reason", event.reason},
          {"message", event.message},
          {"source", std::move(source)},
          {"reportingComponent", options_.component},
          {"reportingInstance", options_.instance},
          {"firstTimestamp", FormatTimestamp(occurrence.first)},
          {"lastTimestamp", FormatTimestamp(event.time)},
          {"count", occurrence.count}};
}

}  // namespace vr::kube
