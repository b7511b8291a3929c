#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "api/kinds.h"
#include "api/v1beta1.h"
#include "api/without_effect.h"
#include "base/timestamp.h"

namespace vr::api {
namespace {

ProviderSpec DecodeProviderSpec(const Json& json) {
  ProviderSpec spec;
  spec.type = Text(json, "type");
  spec.endpoint = Text(json, "endpoint");
  spec.credential_secret_ref = OptionalRef(Member(json, "credentialSecretRef"));
  spec.insecure_skip_verify = Flag(json, "insecureSkipVerify");
  spec.vm_name_template = Text(json, "vmNameTemplate", "{{.Name}}");
  const Json& runtime = Member(json, "runtime");
  spec.log_level = Text(runtime, "logLevel");
  spec.log_format = Text(runtime, "logFormat");
  for (const Json& item : Member(runtime, "env"))
    spec.env.push_back({Text(item, "name"), Text(item, "value")});
  const Json& defaults = Member(json, "defaults");
  spec.default_datastore = Text(defaults, "datastore");
  spec.default_storage_pod = Text(defaults, "storagePod");
  spec.default_storage_pool = Text(defaults, "storagePool");
  spec.default_cluster = Text(defaults, "cluster");
  spec.default_folder = Text(defaults, "folder");
  spec.default_network = Text(defaults, "network");
  spec.default_resource_pool = Text(defaults, "resourcePool");
  const Json& limit = Member(json, "rateLimit");
  if (limit.is_object()) {
    spec.rate_limit_qps = Whole<int64_t>(limit, "qps", 10);
    spec.rate_limit_burst = Whole<int64_t>(limit, "burst", 20);
  }
  const Json& tls = Member(Member(runtime, "service"), "tls");
  if (Member(tls, "enabled").is_boolean()) spec.tls_enabled = Flag(tls, "enabled");
  spec.tls_secret_name = Text(Member(tls, "secretRef"), "name");
  spec.without_effect = ProviderFieldsWithoutEffect(json);
  return spec;
}

struct CapabilityName {
  const char* name;
  bool ReportedCapabilities::*flag;
};
constexpr CapabilityName kFlags[] = {
    {"supportsReconfigureOnline", &ReportedCapabilities::reconfigure_online},
    {"supportsDiskExpansionOnline", &ReportedCapabilities::disk_expansion_online},
    {"supportsSnapshots", &ReportedCapabilities::snapshots},
    {"supportsMemorySnapshots", &ReportedCapabilities::memory_snapshots},
    {"supportsLinkedClones", &ReportedCapabilities::linked_clones},
    {"supportsImageImport", &ReportedCapabilities::image_import},
    {"supportsDiskExport", &ReportedCapabilities::disk_export},
    {"supportsDiskImport", &ReportedCapabilities::disk_import},
    {"supportsExportCompression", &ReportedCapabilities::export_compression}};
struct CapabilityList {
  const char* name;
  std::vector<std::string> ReportedCapabilities::*list;
};
constexpr CapabilityList kLists[] = {
    {"supportedDiskTypes", &ReportedCapabilities::disk_types},
    {"supportedNetworkTypes", &ReportedCapabilities::network_types},
    {"supportedExportFormats", &ReportedCapabilities::export_formats},
    {"supportedImportFormats", &ReportedCapabilities::import_formats},
    {"supportedExportBackends", &ReportedCapabilities::export_backends},
    {"supportedImportBackends", &ReportedCapabilities::import_backends},
    {"supportedTransferModes", &ReportedCapabilities::transfer_modes}};

void DecodeProviderStatus(const Json& json, ProviderStatus& status) {
  status.healthy = Flag(json, "healthy");
  status.connected_vms = Whole<int64_t>(json, "connectedVMs");
  status.version = Text(json, "version");
  const Json& runtime = Member(json, "runtime");
  status.runtime_phase = Text(runtime, "phase");
  status.runtime_message = Text(runtime, "message");
  status.runtime_endpoint = Text(runtime, "endpoint");
  status.last_health_check = Time(json, "lastHealthCheck");
  const Json& reported = Member(json, "reportedCapabilities");
  if (!reported.is_object()) return;
  ReportedCapabilities& capabilities = status.capabilities.emplace();
  for (const auto& [name, flag] : kFlags) capabilities.*flag = Flag(reported, name);
  for (const auto& [name, list] : kLists) capabilities.*list = Texts(reported, name);
}

}  // namespace
}  // namespace vr::api

namespace vr::kube {

VR_TYPE(api::Provider, "Provider")

Result<api::Provider> ResourceTraits<api::Provider>::Decode(const Json& object) {
  const api::PreparedObject prepared = api::Prepared("Provider", object);
  const Json& json = *prepared.json;
  VR_ASSIGN_OR_RETURN(auto provider, api::WithMeta<api::Provider>(prepared));
  provider.spec = api::DecodeProviderSpec(api::Member(json, "spec"));
  api::DecodeProviderStatus(api::Member(json, "status"), provider.status);
  return provider;
}

Json ResourceTraits<api::Provider>::EncodeStatus(const api::Provider& provider) {
  const api::ProviderStatus& status = provider.status;
  Json out = {{"healthy", status.healthy}, {"connectedVMs", status.connected_vms}};
  if (!status.conditions.empty()) out["conditions"] = EncodeConditions(status.conditions);
  if (status.observed_generation != 0) out["observedGeneration"] = status.observed_generation;
  api::Put(out, "version", status.version);
  if (!status.runtime_phase.empty()) {
    out["runtime"]["mode"] = "Remote";
    api::Put(out["runtime"], "phase", status.runtime_phase);
    api::Put(out["runtime"], "message", status.runtime_message);
    api::Put(out["runtime"], "endpoint", status.runtime_endpoint);
  }
  if (status.last_health_check) out["lastHealthCheck"] = FormatTimestamp(*status.last_health_check);
  if (!status.capabilities) return out;
  for (const auto& [name, flag] : api::kFlags)
    out["reportedCapabilities"][name] = (*status.capabilities).*flag;
  for (const auto& [name, list] : api::kLists) {
    if (!((*status.capabilities).*list).empty())
      out["reportedCapabilities"][name] = (*status.capabilities).*list;
  }
  return out;
}

}  // namespace vr::kube
