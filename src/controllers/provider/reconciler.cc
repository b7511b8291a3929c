#include "controllers/provider/reconciler.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/constants.h"
#include "base/text.h"
#include "controllers/provider/target.h"
#include "controllers/secret.h"
#include "kube/meta_json.h"
#include "kube/patch.h"

namespace vr::controllers {
namespace {

using runtime::Outcome;
using Traits = kube::ResourceTraits<api::Provider>;

// The safety net under events: Secrets are not watched, for one.
constexpr auto kResync = std::chrono::minutes(10);
constexpr auto kRetry = std::chrono::seconds(30);
constexpr auto kEnding = std::chrono::seconds(5);  // the end of a process is told as well

// An error that is about the Secret itself. Any other one says only that it could not be read now,
// and what runs goes on.
bool BlamesTheSecret(ErrorKind kind) {
  return kind == ErrorKind::kNotFound || kind == ErrorKind::kInvalidSpec;
}

std::string PhaseText(RuntimePhase phase) {
  switch (phase) {
    case RuntimePhase::kPending:
      return "Pending";
    case RuntimePhase::kRunning:
      return "Running";
    case RuntimePhase::kFailed:
      return "Failed";
  }
  return "Pending";
}

api::ReportedCapabilities Reported(const rpc::Capabilities& in) {
  return {.reconfigure_online = in.reconfigure_online,
          .disk_expansion_online = in.disk_expansion_online,
          .snapshots = in.snapshots,
          .memory_snapshots = in.memory_snapshots,
          .linked_clones = in.linked_clones,
          .image_import = in.image_import,
          .disk_export = in.disk_export,
          .disk_import = in.disk_import,
          .export_compression = in.export_compression,
          .disk_types = in.disk_types,
          .network_types = in.network_types,
          .export_formats = in.export_formats,
          .import_formats = in.import_formats,
          .export_backends = in.export_backends,
          .import_backends = in.import_backends,
          .transfer_modes = in.transfer_modes};
}

kube::Condition Condition(const char* type, const char* status, const char* reason,
                          std::string message) {
  return {.type = type, .status = status, .reason = reason, .message = std::move(message)};
}

constexpr const char* kElsewhere = "runs elsewhere";

// What goes on running although its Secret cannot be read now.
RuntimeStatus Kept(RuntimeStatus status, const Error& problem) {
  status.message += "; " + problem.message;
  return status;
}

// Names what is set and has no effect; says nothing where that was never so.
template <class Set>
void ReportFields(const api::Provider& provider, Set set, const api::ProviderStatus& status) {
  const std::string fields = Joined(provider.spec.without_effect, ", ");
  if (!fields.empty()) {
    set(Condition(api::kFieldsSupported, "False", api::kReasonFieldsNotSupported,
                  "these fields have no effect here: " + fields));
  } else if (kube::FindCondition(status.conditions, api::kFieldsSupported) != nullptr) {
    set(Condition(api::kFieldsSupported, "True", api::kReasonAllSupported, ""));
  }
}

}  // namespace

Result<Outcome> ProviderReconciler::Reconcile(const Context& ctx, const kube::Key& key) {
  const auto provider = deps_.providers.Get(key);
  if (!provider) {
    deps_.pool.Remove(key);
    return deps_.runtime.Remove(key) ? runtime::Done() : runtime::RequeueAfter(kEnding);
  }
  if (provider->meta.deleting()) return Finalize(ctx, *provider);
  if (!provider->meta.HasFinalizer(api::kProviderFinalizer) && provider->findings.empty()) {
    std::vector<std::string> finalizers = provider->meta.finalizers;
    finalizers.emplace_back(api::kProviderFinalizer);
    const auto written =
        kube::PatchFinalizers(ctx, deps_.client, Traits::Type(), provider->meta, finalizers);
    if (!written) return Lost(written.error(), provider->meta);
    deps_.wrote(key, kube::ResourceVersionOf(*written));
    return runtime::RequeueAfter(Duration::zero());
  }
  const Reached reached = Reach(ctx, *provider);
  api::Provider after = *provider;
  Report(*provider, reached, after);
  const Result<std::string> version =
      kube::TypedClient<api::Provider>(deps_.client).PatchStatus(ctx, *provider, after);
  if (!version) return Lost(version.error(), provider->meta);
  deps_.wrote(key, *version);
  RecordHealth(*provider, after);
  return runtime::RequeueAfter(reached.problem ? Duration(kResync) : Duration(kRetry));
}

// A Provider goes only after the VMs that may exist on its hypervisor: without it nobody could
// delete them.
Result<Outcome> ProviderReconciler::Finalize(const Context& ctx, const api::Provider& provider) {
  if (!provider.meta.HasFinalizer(api::kProviderFinalizer)) return runtime::Done();
  const kube::Key key = provider.meta.key();
  const auto forced = provider.meta.annotations.find(api::kForceDeleteAnnotation);
  size_t in_use = 0;
  for (const kube::Key& vm_key : deps_.vms.ByIndex(kByProvider, key.ToString())) {
    const auto vm = deps_.vms.Get(vm_key);
    if (vm && vm->meta.HasFinalizer(api::kVmFinalizer)) ++in_use;
  }
  if (in_use > 0 && (forced == provider.meta.annotations.end() || forced->second != "true")) {
    deps_.events.Record(ReferenceTo(Traits::Type(), provider.meta), kube::EventType::kWarning,
                        api::kReasonInUse,
                        "waits for " + std::to_string(in_use) +
                            " VirtualMachines that refer to it: delete them first, or annotate "
                            "with " +
                            api::kForceDeleteAnnotation + "=true");
    if (!deps_.pool.Find(key)) Reach(ctx, provider);  // they need it to be deleted
    return runtime::RequeueAfter(kResync);
  }
  deps_.pool.Remove(key);
  if (!deps_.runtime.Remove(key)) return runtime::RequeueAfter(kEnding);
  std::vector<std::string> finalizers = provider.meta.finalizers;
  std::erase(finalizers, api::kProviderFinalizer);
  const Status released =
      kube::PatchFinalizers(ctx, deps_.client, Traits::Type(), provider.meta, finalizers).status();
  if (!released && released.error().kind != ErrorKind::kNotFound)
    return Lost(released.error(), provider.meta);
  return runtime::Done();
}

// What follows a write that was refused.
Result<Outcome> ProviderReconciler::Lost(const Error& error, const kube::ObjectMeta& read) const {
  if (error.kind == ErrorKind::kStale) return LookAgain(deps_.wrote, read);
  return error;
}

ProviderReconciler::Reached ProviderReconciler::Reach(const Context& ctx,
                                                      const api::Provider& provider) {
  if (!provider.findings.empty() && !provider.meta.deleting()) return ReachInvalid(provider);
  return IsExternal(provider.spec) ? ReachExternal(ctx, provider) : ReachLocal(ctx, provider);
}

// A session to what an earlier, sound spec said goes on: VMs that run there are still looked after.
ProviderReconciler::Reached ProviderReconciler::ReachInvalid(const api::Provider& provider) const {
  Reached out;
  const std::string message = Joined(provider.findings, "; ");
  out.runtime = {.phase = RuntimePhase::kFailed, .message = message, .address = {}};
  out.problem = Error{ErrorKind::kInvalidSpec, message, {}};
  out.session = deps_.pool.Find(provider.meta.key());
  return out;
}

ProviderReconciler::Reached ProviderReconciler::ReachExternal(const Context& ctx,
                                                              const api::Provider& provider) {
  Reached out;
  const Result<ProviderTarget> target = ExternalTarget(ctx, deps_.client, provider);
  if (!target) {
    out.problem = target.error();
    if (!BlamesTheSecret(target.error().kind)) out.session = deps_.pool.Find(provider.meta.key());
    if (out.session) {
      out.runtime = Kept({.phase = RuntimePhase::kRunning,
                          .message = kElsewhere,
                          .address = provider.status.runtime_endpoint},
                         target.error());
      return out;
    }
    out.runtime = {
        .phase = RuntimePhase::kFailed, .message = target.error().message, .address = {}};
    if (BlamesTheSecret(target.error().kind)) {
      out.tls = Condition(api::kTlsConfigured, "False", api::kReasonSecretRefMissing,
                          target.error().message);
    }
    deps_.pool.Remove(provider.meta.key());
    return out;
  }
  out.runtime = {
      .phase = RuntimePhase::kRunning, .message = kElsewhere, .address = target->address};
  out.tls = target->tls ? Condition(api::kTlsConfigured, "True", api::kReasonTlsEnabled, "")
                        : Condition(api::kTlsConfigured, "False", api::kReasonTlsDisabled,
                                    "plaintext: anybody on the path can read and change calls to "
                                    "this provider");
  out.session = deps_.pool.Ensure(provider.meta.key(), *target);
  return out;
}

ProviderReconciler::Reached ProviderReconciler::ReachLocal(const Context& ctx,
                                                           const api::Provider& provider) {
  Reached out;
  out.tls = Condition(api::kTlsConfigured, "True", api::kReasonLocalSocket,
                      "a unix socket that only this user may open");
  RuntimeRequest request{.provider = provider.meta.key(),
                         .uid = provider.meta.uid,
                         .type = provider.spec.type,
                         .environment = ProviderEnvironment(provider),
                         .credentials = {}};
  std::optional<RuntimeStatus> kept;  // with the credentials that it has
  if (provider.spec.credential_secret_ref) {
    auto secret = ReadSecret(ctx, deps_.client,
                             provider.spec.credential_secret_ref->Resolve(provider.meta.ns));
    if (!secret) {
      out.problem = secret.error().Wrap("spec.credentialSecretRef");
      if (!BlamesTheSecret(secret.error().kind)) kept = deps_.runtime.Find(request.provider);
      out.runtime = {
          .phase = RuntimePhase::kFailed, .message = out.problem.error().message, .address = {}};
      if (!kept) return out;
    } else {
      request.credentials = *std::move(secret);
    }
  }
  out.runtime = kept ? Kept(*kept, out.problem.error()) : deps_.runtime.Ensure(request);
  if (out.runtime.phase != RuntimePhase::kRunning) {
    out.session = deps_.pool.Find(provider.meta.key());  // it notices by itself
    if (out.runtime.phase == RuntimePhase::kFailed)
      out.problem = Error{ErrorKind::kUnavailable, out.runtime.message, {}};
    return out;
  }
  out.session =
      deps_.pool.Ensure(provider.meta.key(), {.type = provider.spec.type,
                                              .address = out.runtime.address,
                                              .tls = std::nullopt,
                                              .rate_limit_qps = provider.spec.rate_limit_qps,
                                              .rate_limit_burst = provider.spec.rate_limit_burst});
  return out;
}

void ProviderReconciler::Report(const api::Provider& provider, const Reached& reached,
                                api::Provider& after) const {
  api::ProviderStatus& status = after.status;
  const WallTime now = deps_.clock.WallNow();
  const auto set = [&](kube::Condition condition) {
    condition.observed_generation = provider.meta.generation;
    kube::SetCondition(status.conditions, std::move(condition), now);
  };
  status.observed_generation = provider.meta.generation;
  status.runtime_phase = PhaseText(reached.runtime.phase);
  status.runtime_message = reached.runtime.message;
  status.runtime_endpoint = reached.runtime.address;
  status.connected_vms =
      static_cast<int64_t>(deps_.vms.ByIndex(kByProvider, provider.meta.key().ToString()).size());
  const bool external = IsExternal(provider.spec);
  const bool running = reached.runtime.phase == RuntimePhase::kRunning;
  const bool invalid = !provider.findings.empty();
  set(Condition(api::kProviderRuntimeReady, running ? "True" : "False",
                invalid    ? api::kReasonValidationError
                : !running ? api::kReasonDeploymentError
                : external ? api::kReasonExternalEndpoint
                           : api::kReasonProcessRunning,
                reached.runtime.message));
  if (!reached.tls.type.empty()) set(reached.tls);

  const SessionHealth health = reached.session ? reached.session->health() : SessionHealth{};
  const bool healthy = running && health.healthy;
  const bool connecting = reached.runtime.phase != RuntimePhase::kFailed && !health.known;
  const char* available = healthy ? "True" : connecting ? "Unknown" : "False";
  const char* reason = invalid      ? api::kReasonValidationError
                       : healthy    ? api::kReasonHealthCheckPassed
                       : connecting ? api::kReasonConnecting
                                    : api::kReasonHealthCheckFailed;
  const std::string& message = running ? health.message : reached.runtime.message;
  set(Condition(api::kProviderAvailable, available, reason, message));
  set(Condition(api::kReady, available, reason, message));
  if (status.healthy != healthy || !status.last_health_check) status.last_health_check = now;
  status.healthy = healthy;

  ReportFields(provider, set, status);

  const auto capabilities = reached.session ? reached.session->capabilities() : nullptr;
  if (capabilities) {
    status.capabilities = Reported(*capabilities);
    status.version = capabilities->provider_version;
    set(Condition(api::kCapabilitiesReported, "True", api::kReasonCapabilitiesFetched,
                  capabilities->hypervisor_version));
  } else if (!status.capabilities) {
    set(Condition(api::kCapabilitiesReported, "False", api::kReasonCapabilitiesUnavailable,
                  "the provider has not told them yet"));
  }
}

void ProviderReconciler::RecordHealth(const api::Provider& before, const api::Provider& after) {
  const kube::Condition* old =
      kube::FindCondition(before.status.conditions, api::kProviderAvailable);
  const kube::Condition* now =
      kube::FindCondition(after.status.conditions, api::kProviderAvailable);
  if (now == nullptr || now->status == "Unknown" || (old != nullptr && old->status == now->status))
    return;
  deps_.events.Record(ReferenceTo(Traits::Type(), before.meta),
                      after.status.healthy ? kube::EventType::kNormal : kube::EventType::kWarning,
                      now->reason, now->message.empty() ? "the provider answers" : now->message);
}

}  // namespace vr::controllers
