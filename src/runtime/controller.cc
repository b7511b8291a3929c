#include "runtime/controller.h"

#include <pthread.h>

#include <atomic>

#include "base/log.h"
#include "obs/catalog.h"
#include "runtime/store.h"

namespace vr::runtime {
namespace {

std::string NextReconcileId() {
  static std::atomic<uint64_t> next{1};
  return std::to_string(next.fetch_add(1));
}

}  // namespace

Controller::Controller(ControllerOptions options, Deps deps)
    : options_(std::move(options)),
      deps_(deps),
      queue_(deps.clock, WorkQueue::kRetryBackoff,
             [this] { deps_.metrics.Increment(obs::kWorkqueueAdds, {options_.name}); }),
      seats_(options_.workers, options_.patience, deps.clock) {}
Controller::~Controller() { Stop(); }

void Controller::ExpectVersion(const kube::Key& key, const std::string& version) {
  constexpr auto kPatience = std::chrono::seconds(5);
  const std::scoped_lock lock(mutex_);
  expected_[key] = {VersionNumber(version), deps_.clock.Now() + kPatience};
}

bool Controller::MustWait(const kube::Key& key) {
  const std::scoped_lock lock(mutex_);
  const auto it = expected_.find(key);
  if (it == expected_.end()) return false;
  if (!seen_ || seen_(key, it->second.version) || deps_.clock.Now() >= it->second.until) {
    expected_.erase(it);
    return false;
  }
  return true;
}

void Controller::Start() {
  for (int i = 0; i < options_.workers + options_.spares; ++i) {
    workers_.emplace_back([this, i](const std::stop_token& stop) { WorkerLoop(stop, i); });
  }
}

void Controller::Stop() {
  for (std::jthread& worker : workers_) worker.request_stop();
  workers_.clear();
}

// Runs on each of this controller's worker threads. The queue hands a key to one worker at a time,
// so a reconciler needs no lock of its own.
void Controller::WorkerLoop(const std::stop_token& stop, int index) {
  pthread_setname_np(pthread_self(),
                     (options_.name.substr(0, 11) + "-" + std::to_string(index)).c_str());
  while (seats_.Take(index, stop)) {
    const std::optional<kube::Key> key = queue_.Pop(stop);
    if (!key) return;
    seats_.Begin(index);
    if (MustWait(*key)) {
      queue_.AddAfter(*key, std::chrono::milliseconds(20));
    } else {
      ReconcileOne(stop, *key);
    }
    queue_.Done(*key);  // last: from here another worker may take this key
    deps_.metrics.Set(obs::kQueueDepth, {options_.name}, static_cast<double>(queue_.depth()));
  }
}

void Controller::ReconcileOne(const std::stop_token& stop, const kube::Key& key) {
  const TimePoint started = deps_.clock.Now();
  const Context ctx = Context(stop, deps_.clock)
                          .WithTimeout(options_.reconcile_timeout)
                          .WithField("controller", options_.name)
                          .WithField("object", key.ToString())
                          .WithField("reconcileID", NextReconcileId());
  const Result<Outcome> result = CallGuarded(ctx, key);
  const bool requeue = result && result->requeue_after.has_value();
  deps_.metrics.Increment(obs::kReconcileTotal, {options_.name, !result   ? "error"
                                                                : requeue ? "requeue"
                                                                          : "success"});
  deps_.metrics.Observe(obs::kReconcileDuration, {options_.name},
                        std::chrono::duration<double>(deps_.clock.Now() - started).count());
  if (!result && stop.stop_requested()) return;  // the next leader looks at all of them
  if (!result && result.error().retryable()) {
    LogWarn(ctx, "Reconcile failed, trying again", {{"error", result.error().message}});
    deps_.metrics.Increment(obs::kWorkqueueRetries, {options_.name});
    queue_.AddRateLimited(key);  // keeps the failure count, so the delay keeps growing
    return;
  }
  if (!result)
    LogWarn(ctx, "Reconcile failed, waiting for a change", {{"error", result.error().message}});
  queue_.Forget(key);  // success, or an error only a new spec can cure
  if (requeue) queue_.AddAfter(key, *result->requeue_after);
}

Result<Outcome> Controller::CallGuarded(const Context& ctx, const kube::Key& key) {
  try {
    return deps_.reconciler.Reconcile(ctx, key);
  } catch (const std::exception& error) {
    deps_.metrics.Increment(obs::kErrors, {"panic", "manager"});
    return Error{ErrorKind::kInternal, std::string("exception: ") + error.what(), {}};
  }
}

}  // namespace vr::runtime
