// LeaderElection: of several managers, one works.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/backoff.h"
#include "base/context.h"
#include "kube/client.h"
#include "kube/lease.h"

namespace vr::runtime {

struct LeaderElectionOptions {
  kube::Key lease;       // where the candidates meet
  std::string identity;  // of this process, unique: two of the same name would both lead
  Duration lease_duration = std::chrono::seconds(15);  // others wait this long for a sign of life
  Duration renew_deadline = std::chrono::seconds(10);  // without a renewal we give up
  Duration retry_period = std::chrono::seconds(2);
};

// Thread-safe, one thread of its own. Times in the Lease are for people: a candidate counts from
// the moment at which it saw the Lease change, so clocks may differ between machines. A leader
// stops leading before anybody else may start.
class LeaderElection {
 public:
  // Called on the election's thread, which renews nothing meanwhile: be prompt, and do not call
  // Stop() from them.
  struct Callbacks {
    std::function<void()> on_acquired;
    std::function<void()> on_lost;  // not after Stop(); the election is over, so end the process
  };
  // All outlive the election. `random` (may be empty) spreads the candidates' attempts.
  struct Deps {
    const kube::Client& client;
    const Clock& clock;
    RandomUnit random = {};
  };

  // kInvalidSpec unless lease_duration > renew_deadline > retry_period > 0, and for missing names.
  static Status Check(const LeaderElectionOptions& options);

  LeaderElection(LeaderElectionOptions options, Deps deps, Callbacks callbacks);
  ~LeaderElection();  // Stop()
  LeaderElection(const LeaderElection&) = delete;
  LeaderElection& operator=(const LeaderElection&) = delete;

  void Start();
  // Gives the lease back, so that the next candidate need not wait. Call it when the work that
  // needs the leadership has ended. May be called again.
  void Stop();

  bool leading() const;
  std::string leader() const;  // the identity last seen; empty before that

 private:
  void Run(const std::stop_token& stop);
  bool Acquire(const Context& ctx);
  bool RenewUntilLost(const Context& ctx);
  Status TryOnce(const Context& ctx);
  Status TakeOver(const Context& ctx, const kube::Lease& current);
  void Observe(const kube::Lease& lease, TimePoint when);
  bool HeldByAnother() const;
  void Release();
  void SetLeading(bool leading);

  const LeaderElectionOptions options_;
  const Deps deps_;
  const Callbacks callbacks_;
  std::optional<kube::Lease> observed_;  // the election thread's, as the next two
  TimePoint observed_at_;                // when it changed last, as far as we know
  TimePoint renewed_at_;                 // before our last successful write was sent
  mutable std::mutex mutex_;             // guards leading_ and leader_
  bool leading_ = false;
  std::string leader_;
  std::jthread thread_;
};

}  // namespace vr::runtime
