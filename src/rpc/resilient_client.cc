#include "rpc/resilient_client.h"

#include "obs/catalog.h"
#include "resilience/bulkhead.h"
#include "resilience/circuit_breaker.h"
#include "resilience/retry.h"
#include "resilience/token_bucket.h"

namespace vr::rpc {
namespace {

constexpr Duration kRetryPatience = std::chrono::seconds(2);

enum class Repeat { kNo, kTransient };
// Whether a call keeps off while the breaker is open, or finds out whether the provider is back.
enum class Breaker { kObey, kProbe };

template <class T>
Status StatusOf(const Result<T>& result) {
  return result.status();
}
Status StatusOf(const Status& status) { return status; }

class ResilientClient final : public ProviderClient {
 public:
  ResilientClient(std::unique_ptr<ProviderClient> inner, ResilientOptions options,
                  obs::Registry& metrics, const Clock& clock)
      : inner_(std::move(inner)),
        options_(std::move(options)),
        metrics_(metrics),
        random_(MakeRandomUnit()),
        bucket_(options_.config.rate_limit.qps, options_.config.rate_limit.burst, clock),
        bulkhead_(options_.provider, options_.slots),
        breaker_(options_.provider, options_.config.breaker, clock,
                 [this](resilience::BreakerState state) { ShowBreaker(state); }) {
    ShowBreaker(resilience::BreakerState::kClosed);
  }

  Result<ValidateResult> Validate(const Context& ctx) override {
    return Call(ctx, "Validate", timeouts().validate, Repeat::kNo,
                [&](const Context& inner) { return inner_->Validate(inner); });
  }
  Result<Capabilities> GetCapabilities(const Context& ctx) override {
    return Call(
        ctx, "GetCapabilities", timeouts().validate, Repeat::kNo,
        [&](const Context& inner) { return inner_->GetCapabilities(inner); }, Breaker::kProbe);
  }
  Result<CreateResult> Create(const Context& ctx, const CreateRequest& request) override {
    return Mutate(ctx, "Create",
                  [&](const Context& inner) { return inner_->Create(inner, request); });
  }
  Result<TaskRef> Delete(const Context& ctx, const DeleteRequest& request) override {
    return Mutate(ctx, "Delete",
                  [&](const Context& inner) { return inner_->Delete(inner, request); });
  }
  Result<TaskRef> Power(const Context& ctx, const PowerRequest& request) override {
    return Mutate(ctx, "Power",
                  [&](const Context& inner) { return inner_->Power(inner, request); });
  }
  Result<TaskRef> Reconfigure(const Context& ctx, const ReconfigureRequest& request) override {
    return Mutate(ctx, "Reconfigure",
                  [&](const Context& inner) { return inner_->Reconfigure(inner, request); });
  }
  Result<DescribeResult> Describe(const Context& ctx, const std::string& id) override {
    return Call(ctx, "Describe", timeouts().describe, Repeat::kTransient,
                [&](const Context& inner) { return inner_->Describe(inner, id); });
  }
  Result<std::vector<VmState>> ListVms(const Context& ctx) override {
    return Call(ctx, "ListVMs", timeouts().describe, Repeat::kTransient,
                [&](const Context& inner) { return inner_->ListVms(inner); });
  }
  Result<TaskState> TaskStatus(const Context& ctx, const std::string& task_id) override {
    return Call(ctx, "TaskStatus", timeouts().task_status, Repeat::kTransient,
                [&](const Context& inner) { return inner_->TaskStatus(inner, task_id); });
  }
  Status CancelTask(const Context& ctx, const std::string& task_id) override {
    return Call(ctx, "CancelTask", timeouts().task_status, Repeat::kTransient,
                [&](const Context& inner) { return inner_->CancelTask(inner, task_id); });
  }
  Result<ImagePrepareResult> ImagePrepare(const Context& ctx,
                                          const ImagePrepareRequest& request) override {
    return Mutate(ctx, "ImagePrepare",
                  [&](const Context& inner) { return inner_->ImagePrepare(inner, request); });
  }
  Result<SnapshotCreateResult> SnapshotCreate(const Context& ctx,
                                              const SnapshotCreateRequest& request) override {
    return Mutate(ctx, "SnapshotCreate",
                  [&](const Context& inner) { return inner_->SnapshotCreate(inner, request); });
  }
  Result<TaskRef> SnapshotDelete(const Context& ctx, const SnapshotRequest& request) override {
    return Mutate(ctx, "SnapshotDelete",
                  [&](const Context& inner) { return inner_->SnapshotDelete(inner, request); });
  }
  Result<TaskRef> SnapshotRevert(const Context& ctx, const SnapshotRequest& request) override {
    return Mutate(ctx, "SnapshotRevert",
                  [&](const Context& inner) { return inner_->SnapshotRevert(inner, request); });
  }
  Result<CreateResult> Clone(const Context& ctx, const CloneRequest& request) override {
    return Mutate(ctx, "Clone",
                  [&](const Context& inner) { return inner_->Clone(inner, request); });
  }
  Status Watch(const Context& ctx, const std::string& resume_token,
               const WatchHandler& on_update) override {
    return inner_->Watch(ctx, resume_token, on_update);
  }

 private:
  const resilience::RpcTimeouts& timeouts() const { return options_.config.timeouts; }

  void ShowBreaker(resilience::BreakerState state) {
    metrics_.Set(obs::kBreakerState, {options_.provider_type, options_.provider},
                 static_cast<double>(state));
  }

  template <class Function>
  auto Mutate(const Context& ctx, const char* method, Function function)
      -> decltype(function(ctx)) {
    return Call(ctx, method, timeouts().mutating, Repeat::kNo, function);
  }

  template <class Function>
  auto Call(const Context& ctx, const char* method, Duration timeout, Repeat repeat,
            Function function, Breaker breaker = Breaker::kObey) -> decltype(function(ctx)) {
    auto slot = bulkhead_.Enter();
    if (!slot) return std::move(slot).error();
    const auto policy =
        repeat == Repeat::kTransient ? options_.config.retry : resilience::RetryPolicy::None();
    // Whoever waits here keeps a slot and the caller's worker: what takes longer is for its queue.
    const Context patience = ctx.WithTimeout(kRetryPatience);
    return resilience::Retry(patience, policy, random_, [&](int) -> decltype(function(ctx)) {
      return Attempt(ctx.WithTimeout(timeout), method, function, breaker);
    });
  }

  template <class Function>
  auto Attempt(const Context& ctx, const char* method, Function& function, Breaker breaker)
      -> decltype(function(ctx)) {
    VR_RETURN_IF_ERROR(bucket_.Take(ctx));
    if (breaker == Breaker::kObey) VR_RETURN_IF_ERROR(breaker_.Allow());
    const TimePoint started = ctx.clock().Now();
    auto result = function(ctx);
    const Status status = StatusOf(result);
    breaker == Breaker::kObey ? breaker_.Record(status) : breaker_.RecordProbe(status);
    const std::string code = status ? "OK" : std::string(vr::ToString(status.error().kind));
    metrics_.Increment(obs::kRpcRequests, {options_.provider_type, method, code});
    metrics_.Observe(obs::kRpcLatency, {options_.provider_type, method},
                     std::chrono::duration<double>(ctx.clock().Now() - started).count());
    if (!status && resilience::CountsAsFailure(status.error().kind))
      metrics_.Increment(obs::kBreakerFailures, {options_.provider_type, options_.provider});
    return result;
  }

  const std::unique_ptr<ProviderClient> inner_;
  const ResilientOptions options_;
  obs::Registry& metrics_;
  const RandomUnit random_;
  resilience::TokenBucket bucket_;
  resilience::Bulkhead bulkhead_;
  resilience::CircuitBreaker breaker_;
};

}  // namespace

std::unique_ptr<ProviderClient> MakeResilientClient(std::unique_ptr<ProviderClient> inner,
                                                    ResilientOptions options,
                                                    obs::Registry& metrics, const Clock& clock) {
  return std::make_unique<ResilientClient>(std::move(inner), std::move(options), metrics, clock);
}

}  // namespace vr::rpc
