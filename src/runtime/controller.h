// Controller: workers that reconcile keys of one kind.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/context.h"
#include "kube/object.h"
#include "obs/metrics.h"
#include "runtime/queue.h"
#include "runtime/seats.h"

namespace vr::runtime {

// How a reconcile ended well: done, or look again after a while (waiting, not failing).
struct Outcome {
  std::optional<Duration> requeue_after;
};
inline Outcome Done() { return {}; }
inline Outcome RequeueAfter(Duration delay) { return {delay}; }

// Level-based and idempotent; holds no state between calls. Never called for the same key twice at
// a time.
class Reconciler {
 public:
  virtual ~Reconciler() = default;
  virtual Result<Outcome> Reconcile(const Context& ctx, const kube::Key& key) = 0;
};

struct ControllerOptions {
  std::string name;  // the kind; label of metrics
  int workers = 2;   // passes at a time, without those that take longer than `patience`
  int spares = 0;    // further workers, which stand in for those that hang
  Duration patience = std::chrono::seconds(2);
  Duration reconcile_timeout = std::chrono::minutes(5);
};

class Controller {
 public:
  // All outlive the controller.
  struct Deps {
    Reconciler& reconciler;
    obs::Registry& metrics;
    const Clock& clock;
  };

  Controller(ControllerOptions options, Deps deps);
  ~Controller();  // Stop()
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  WorkQueue& queue() { return queue_; }

  // The key is not reconciled before its store has this version: `seen` tells. A wait of more than
  // five seconds ends it.
  using SeenFunction = std::function<bool(const kube::Key& key, uint64_t version)>;
  void SetSeen(SeenFunction seen) { seen_ = std::move(seen); }
  void ExpectVersion(const kube::Key& key, const std::string& version);

  void Start();
  void Stop();  // waits for running reconciles, whose contexts are stopped

 private:
  struct Expectation {
    uint64_t version = 0;
    TimePoint until;
  };
  void WorkerLoop(const std::stop_token& stop, int index);
  void ReconcileOne(const std::stop_token& stop, const kube::Key& key);
  Result<Outcome> CallGuarded(const Context& ctx, const kube::Key& key);
  bool MustWait(const kube::Key& key);

  const ControllerOptions options_;
  const Deps deps_;
  WorkQueue queue_;
  Seats seats_;
  SeenFunction seen_;
  std::mutex mutex_;  // guards expected_
  std::map<kube::Key, Expectation> expected_;
  std::vector<std::jthread> workers_;
};

}  // namespace vr::runtime
