#include "runtime/leader_election.h"

#include <pthread.h>

#include <utility>

#include "base/log.h"

namespace vr::runtime {
namespace {

Error Bad(const std::string& message) {
  return Error{ErrorKind::kInvalidSpec, "leader election: " + message, {}};
}

}  // namespace

Status LeaderElection::Check(const LeaderElectionOptions& options) {
  if (options.identity.empty()) return Bad("identity must not be empty");
  if (options.lease.ns.empty() || options.lease.name.empty())
    return Bad("the lease needs a namespace and a name");
  if (options.retry_period <= Duration::zero()) return Bad("retry period must be more than zero");
  if (options.renew_deadline <= options.retry_period)
    return Bad("renew deadline must be longer than the retry period");
  if (options.lease_duration <= options.renew_deadline)
    return Bad("lease duration must be longer than the renew deadline");
  if (options.lease_duration < std::chrono::seconds(1))
    return Bad("lease duration must be at least a second");
  return {};
}

LeaderElection::LeaderElection(LeaderElectionOptions options, Deps deps, Callbacks callbacks)
    : options_(std::move(options)), deps_(std::move(deps)), callbacks_(std::move(callbacks)) {}

LeaderElection::~LeaderElection() { Stop(); }

void LeaderElection::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void LeaderElection::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

bool LeaderElection::leading() const {
  const std::lock_guard lock(mutex_);
  return leading_;
}

std::string LeaderElection::leader() const {
  const std::lock_guard lock(mutex_);
  return leader_;
}

void LeaderElection::SetLeading(bool leading) {
  const std::lock_guard lock(mutex_);
  leading_ = leading;
}

void LeaderElection::Run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "leader-election");
  const Context ctx = Context(stop, deps_.clock).WithField("lease", options_.lease.ToString());
  if (!Acquire(ctx)) return;
  SetLeading(true);
  LogInfo(ctx, "Leading", {{"identity", options_.identity}});
  if (callbacks_.on_acquired) callbacks_.on_acquired();
  const bool lost = RenewUntilLost(ctx);
  SetLeading(false);
  if (!lost) return Release();
  LogError(ctx, "Leadership lost", {{"identity", options_.identity}, {"leader", leader()}});
  if (callbacks_.on_lost) callbacks_.on_lost();
}

// False once a stop is requested.
bool LeaderElection::Acquire(const Context& ctx) {
  while (ctx.Check().ok()) {
    const Status status = TryOnce(ctx.WithTimeout(options_.renew_deadline));
    if (status) return true;
    LogDebug(ctx, "Not leading", {{"reason", status.error().message}});
    // Attempts of several candidates drift apart, so that they do not collide for ever.
    Duration wait = options_.retry_period;
    if (deps_.random) {
      wait += std::chrono::duration_cast<Duration>(options_.retry_period * (1.2 * deps_.random()));
    }
    if (!ctx.Sleep(wait)) return false;
  }
  return false;
}

// True when the leadership is lost, false once a stop is requested.
bool LeaderElection::RenewUntilLost(const Context& ctx) {
  while (ctx.Sleep(options_.retry_period)) {
    const TimePoint give_up = renewed_at_ + options_.renew_deadline;
    const Status status = TryOnce(ctx.WithDeadline(give_up));
    if (ctx.stop().stop_requested()) return false;
    if (status) continue;
    LogWarn(ctx, "Lease could not be renewed", {{"error", status.error().message}});
    if (HeldByAnother()) return true;
    if (deps_.clock.Now() + options_.retry_period >= give_up) return true;  // too late to try again
  }
  return false;
}

Status LeaderElection::TryOnce(const Context& ctx) {
  if (leading() && observed_) {
    const Status renewed = TakeOver(ctx, *observed_);
    const bool changed = !renewed && (renewed.error().kind == ErrorKind::kStale ||
                                      renewed.error().kind == ErrorKind::kNotFound);
    if (!changed) return renewed;
  }
  const Result<kube::Lease> current = kube::GetLease(ctx, deps_.client, options_.lease);
  if (!current && current.error().kind != ErrorKind::kNotFound) return current.error();
  if (!current) return TakeOver(ctx, {.key = options_.lease});
  Observe(*current, deps_.clock.Now());
  if (!HeldByAnother()) return TakeOver(ctx, *current);
  if (deps_.clock.Now() >= observed_at_ + current->duration && !leading())
    return TakeOver(ctx, *current);
  return Error{ErrorKind::kConflict,
               "lease " + options_.lease.ToString() + " is held by " + current->holder,
               {}};
}

// Writes ourselves into the lease, if it is still as it was in `current`.
Status LeaderElection::TakeOver(const Context& ctx, const kube::Lease& current) {
  const TimePoint sent = deps_.clock.Now();
  kube::Lease mine = current;
  mine.duration = std::chrono::ceil<std::chrono::seconds>(options_.lease_duration);
  mine.renewed = deps_.clock.WallNow();
  if (current.holder != options_.identity) {
    mine.holder = options_.identity;
    mine.acquired = mine.renewed;
    if (!current.resource_version.empty()) ++mine.transitions;
  }
  const Result<kube::Lease> written = current.resource_version.empty()
                                          ? kube::CreateLease(ctx, deps_.client, mine)
                                          : kube::UpdateLease(ctx, deps_.client, mine);
  if (!written) return written.error();
  Observe(*written, sent);
  renewed_at_ = sent;
  return {};
}

void LeaderElection::Observe(const kube::Lease& lease, TimePoint when) {
  if (!observed_ || observed_->resource_version != lease.resource_version) observed_at_ = when;
  observed_ = lease;
  const std::lock_guard lock(mutex_);
  leader_ = lease.holder;
}

bool LeaderElection::HeldByAnother() const {
  return observed_ && !observed_->holder.empty() && observed_->holder != options_.identity;
}

void LeaderElection::Release() {
  const Context ctx = Context({}, deps_.clock).WithTimeout(options_.retry_period);
  // Read again: our last renewal may have arrived although its answer did not.
  Result<kube::Lease> lease = kube::GetLease(ctx, deps_.client, options_.lease);
  if (lease && lease->holder != options_.identity) return;
  if (lease) {
    lease->holder.clear();
    lease->duration = std::chrono::seconds(1);
    lease->renewed = deps_.clock.WallNow();
    lease = kube::UpdateLease(ctx, deps_.client, *lease);
  }
  if (lease) return Observe(*lease, deps_.clock.Now());
  LogWarn(ctx, "Lease could not be given back; the next leader waits until it ends",
          {{"lease", options_.lease.ToString()}, {"error", lease.error().message}});
}

}  // namespace vr::runtime
