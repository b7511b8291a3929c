// MeteredProvider: counts and times what another Provider answers.
#pragma once

#include <string>

#include "base/clock.h"
#include "obs/metrics.h"
#include "sdk/provider.h"
#include "sdk/watch_hub.h"

namespace vr::sdk {

// provider_grpc_requests_total and provider_grpc_request_duration_seconds of every call. A
// decorator as thread-safe as what it wraps; all it is given outlives it.
class MeteredProvider final : public Provider {
 public:
  MeteredProvider(Provider& inner, obs::Registry& metrics, const Clock& clock)
      : inner_(inner), metrics_(metrics), clock_(clock) {}

  Result<ValidateResult> Validate(const Context& ctx) override;
  Result<Capabilities> GetCapabilities(const Context& ctx) override;
  Result<CreateResult> Create(const Context& ctx, const CreateRequest& request) override;
  Result<TaskRef> Delete(const Context& ctx, const DeleteRequest& request) override;
  Result<TaskRef> Power(const Context& ctx, const PowerRequest& request) override;
  Result<DescribeResult> Describe(const Context& ctx, const std::string& id) override;
  Result<std::vector<VmState>> ListVms(const Context& ctx) override;
  Result<TaskRef> Reconfigure(const Context& ctx, const ReconfigureRequest& request) override;
  Result<ImagePrepareResult> ImagePrepare(const Context& ctx,
                                          const ImagePrepareRequest& request) override;
  Result<SnapshotCreateResult> SnapshotCreate(const Context& ctx,
                                              const SnapshotCreateRequest& request) override;
  Result<TaskRef> SnapshotDelete(const Context& ctx, const SnapshotRequest& request) override;
  Result<TaskRef> SnapshotRevert(const Context& ctx, const SnapshotRequest& request) override;
  Result<CreateResult> Clone(const Context& ctx, const CloneRequest& request) override;

 private:
  template <class Call>
  auto Measure(const char* method, Call call) -> decltype(call());

  Provider& inner_;
  obs::Registry& metrics_;
  const Clock& clock_;
};

// Sets provider_vms_total, provider_health_status and provider_hypervisor_connection_status to what
// the hub knows now; before each exposition. `provider` is "namespace/name", `endpoint` the
// hypervisor's URL.
void RecordHub(const WatchHub& hub, const std::string& provider, const std::string& endpoint,
               obs::Registry& metrics);

}  // namespace vr::sdk
