#include "sdk/metered_provider.h"

#include "obs/catalog.h"

namespace vr::sdk {

template <class Call>
auto MeteredProvider::Measure(const char* method, Call call) -> decltype(call()) {
  const TimePoint started = clock_.Now();
  auto result = call();
  const std::string status = result ? "OK" : std::string(ToString(result.error().kind));
  metrics_.Increment(obs::kProviderGrpcRequests, {method, status});
  metrics_.Observe(obs::kProviderGrpcDuration, {method},
                   std::chrono::duration<double>(clock_.Now() - started).count());
  return result;
}

Result<ValidateResult> MeteredProvider::Validate(const Context& ctx) {
  return Measure("Validate", [&] { return inner_.Validate(ctx); });
}
Result<Capabilities> MeteredProvider::GetCapabilities(const Context& ctx) {
  return Measure("GetCapabilities", [&] { return inner_.GetCapabilities(ctx); });
}
Result<CreateResult> MeteredProvider::Create(const Context& ctx, const CreateRequest& request) {
  return Measure("Create", [&] { return inner_.Create(ctx, request); });
}
Result<TaskRef> MeteredProvider::Delete(const Context& ctx, const DeleteRequest& request) {
  return Measure("Delete", [&] { return inner_.Delete(ctx, request); });
}
Result<TaskRef> MeteredProvider::Power(const Context& ctx, const PowerRequest& request) {
  return Measure("Power", [&] { return inner_.Power(ctx, request); });
}
Result<DescribeResult> MeteredProvider::Describe(const Context& ctx, const std::string& id) {
  return Measure("Describe", [&] { return inner_.Describe(ctx, id); });
}
Result<std::vector<VmState>> MeteredProvider::ListVms(const Context& ctx) {
  return Measure("ListVMs", [&] { return inner_.ListVms(ctx); });
}
Result<TaskRef> MeteredProvider::Reconfigure(const Context& ctx,
                                             const ReconfigureRequest& request) {
  return Measure("Reconfigure", [&] { return inner_.Reconfigure(ctx, request); });
}
Result<ImagePrepareResult> MeteredProvider::ImagePrepare(const Context& ctx,
                                                         const ImagePrepareRequest& request) {
  return Measure("ImagePrepare", [&] { return inner_.ImagePrepare(ctx, request); });
}
Result<SnapshotCreateResult> MeteredProvider::SnapshotCreate(const Context& ctx,
                                                             const SnapshotCreateRequest& request) {
  return Measure("SnapshotCreate", [&] { return inner_.SnapshotCreate(ctx, request); });
}
Result<TaskRef> MeteredProvider::SnapshotDelete(const Context& ctx,
                                                const SnapshotRequest& request) {
  return Measure("SnapshotDelete", [&] { return inner_.SnapshotDelete(ctx, request); });
}
Result<TaskRef> MeteredProvider::SnapshotRevert(const Context& ctx,
                                                const SnapshotRequest& request) {
  return Measure("SnapshotRevert", [&] { return inner_.SnapshotRevert(ctx, request); });
}
Result<CreateResult> MeteredProvider::Clone(const Context& ctx, const CloneRequest& request) {
  return Measure("Clone", [&] { return inner_.Clone(ctx, request); });
}

void RecordHub(const WatchHub& hub, const std::string& provider, const std::string& endpoint,
               obs::Registry& metrics) {
  const HubSummary summary = hub.Summary();
  const double healthy = summary.healthy ? 1 : 0;
  metrics.Set(obs::kProviderHealth, {provider}, healthy);
  metrics.Set(obs::kProviderHypervisorConnection, {endpoint}, healthy);
  metrics.Set(obs::kProviderVms, {"on"}, static_cast<double>(summary.on));
  metrics.Set(obs::kProviderVms, {"off"}, static_cast<double>(summary.off));
  metrics.Set(obs::kProviderVms, {"suspended"}, static_cast<double>(summary.suspended));
  metrics.Set(obs::kProviderVms, {"unknown"}, static_cast<double>(summary.unknown));
}

}  // namespace vr::sdk
