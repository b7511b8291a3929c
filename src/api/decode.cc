// From stored objects to types and back. Objects were validated before they were stored, but not
// necessarily by us: what is wrong with a spec is kept as the object's findings.
#include <nlohmann/json.hpp>

#include "api/admission.h"
#include "api/kinds.h"
#include "api/v1beta1.h"
#include "api/without_effect.h"
#include "base/duration.h"
#include "base/timestamp.h"
#include "kube/meta_json.h"

namespace vr::api {
namespace {

const Json& Member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto it = object.find(name);
  return it == object.end() ? none : *it;
}

std::string Text(const Json& object, const char* name, const std::string& fallback = "") {
  const Json& value = Member(object, name);
  return value.is_string() ? value.get<std::string>() : fallback;
}

template <class Number>
Number Whole(const Json& object, const char* name, Number fallback = 0) {
  const Json& value = Member(object, name);
  return value.is_number_integer() ? value.get<Number>() : fallback;
}

bool Flag(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  return value.is_boolean() && value.get<bool>();
}

std::vector<std::string> Texts(const Json& object, const char* name) {
  std::vector<std::string> out;
  const Json& list = Member(object, name);
  if (!list.is_array()) return out;
  for (const Json& item : list) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

std::map<std::string, std::string> TextMap(const Json& object, const char* name) {
  std::map<std::string, std::string> out;
  const Json& map = Member(object, name);
  if (!map.is_object()) return out;
  for (const auto& [key, value] : map.items()) {
    if (value.is_string()) out.emplace(key, value.get<std::string>());
  }
  return out;
}

std::optional<Quantity> Amount(const Json& object, const char* name) {
  const Json& value = Member(object, name);
  if (value.is_null()) return std::nullopt;
  auto parsed = Quantity::Parse(value.is_string() ? value.get<std::string>() : value.dump());
  return parsed ? std::optional(*parsed) : std::nullopt;
}

int64_t Mebibytes(const Json& object, const char* name) {
  const auto amount = Amount(object, name);
  return amount ? amount->Mebibytes() : 0;
}

ObjectRef Ref(const Json& object) { return {Text(object, "name"), Text(object, "namespace")}; }

std::optional<ObjectRef> OptionalRef(const Json& object) {
  return Text(object, "name").empty() ? std::nullopt : std::optional(Ref(object));
}

TextSource Source(const Json& object) {
  return {Text(object, "inline"), Text(Member(object, "secretRef"), "name")};
}

std::optional<WallTime> Time(const Json& object, const char* name) {
  const auto time = ParseTimestamp(Text(object, name));
  return time ? std::optional(*time) : std::nullopt;
}

void Put(Json& out, const char* name, const std::string& value) {
  if (!value.empty()) out[name] = value;
}

Resources DecodeResources(const Json& json) {
  return {Whole<int32_t>(json, "cpu"), Whole<int64_t>(json, "memoryMiB")};
}

// Moving aliases relies on the types of the schema. What has others is taken as it is: its
// references still say what to let go of when the object is deleted.
Json CanonicalOrAsIs(const KindInfo& kind, const Json& object) {
  AdmissionResult ignored;
  try {
    return Canonical(kind, object, ignored);
  } catch (const std::exception&) {
    return object;
  }
}

struct PreparedObject {
  Json json;  // aliases moved, defaults filled in
  std::vector<std::string> findings;
};

// Validation comes with decoding, once for each change that is seen, so that a look at an object at
// rest costs nothing. A status is nobody's wish: what is wrong there is left to its readers.
PreparedObject Prepared(const char* kind_name, const Json& object) {
  const KindInfo& kind = *FindKind(kind_name);
  PreparedObject out{.json = CanonicalOrAsIs(kind, object), .findings = {}};
  for (const FieldError& error : Validate(kind, nullptr, object).errors) {
    if (error.path.starts_with("spec")) out.findings.push_back(error.Message());
  }
  ApplyDefaults(kind, out.json);
  return out;
}

template <class T>
Result<T> WithMeta(const PreparedObject& prepared) {
  const Json& object = prepared.json;
  T typed;
  typed.findings = prepared.findings;
  VR_ASSIGN_OR_RETURN(typed.meta, kube::DecodeMeta(object));
  VR_ASSIGN_OR_RETURN(
      typed.status.conditions,
      kube::DecodeConditions(Member(Member(object, "status"), "conditions"), "status.conditions"));
  typed.status.observed_generation = Whole<int64_t>(Member(object, "status"), "observedGeneration");
  return typed;
}

VmDisk DecodeDisk(const Json& json) {
  return {.name = Text(json, "name"),
          .type = Text(json, "type"),
          .storage_class = Text(json, "storageClass"),
          .expand_policy = Text(json, "expandPolicy"),
          .size_gib = Whole<int64_t>(json, "sizeGiB")};
}

VmNetwork DecodeNetwork(const Json& json) {
  return {.name = Text(json, "name"),
          .network_ref = OptionalRef(Member(json, "networkRef")),
          .ip_address = Text(json, "ipAddress"),
          .gateway = Text(json, "gateway"),
          .dns = Text(json, "dns"),
          .mac_address = Text(json, "macAddress"),
          .bridge = Text(json, "bridge"),
          .port_group = Text(json, "portGroup"),
          .adapter = Text(json, "adapter"),
          .prefix = Whole<int32_t>(json, "prefix"),
          .vlan = Whole<int32_t>(json, "vlan")};
}

VirtualMachineSpec DecodeVmSpec(const Json& json) {
  VirtualMachineSpec spec;
  spec.provider_ref = Ref(Member(json, "providerRef"));
  spec.class_ref = Ref(Member(json, "classRef"));
  spec.image_ref = OptionalRef(Member(json, "imageRef"));
  if (const Json& disk = Member(json, "importedDisk"); disk.is_object()) {
    spec.imported_disk = {.disk_id = Text(disk, "diskID"),
                          .path = Text(disk, "path"),
                          .format = Text(disk, "format"),
                          .source = Text(disk, "source"),
                          .size_gib = Whole<int64_t>(disk, "sizeGiB")};
  }
  spec.power_state = Text(json, "powerState", "On");
  spec.deletion_policy = Text(json, "deletionPolicy");
  spec.on_missing = Text(json, "onMissing", "Fail");
  if (const std::string patience = Text(Member(json, "lifecycle"), "gracefulShutdownTimeout");
      !patience.empty()) {
    const auto parsed = ParseDuration(patience);
    if (parsed) spec.graceful_shutdown_timeout = *parsed;  // else there is a finding
  }
  spec.resources = DecodeResources(Member(json, "resources"));
  for (const Json& disk : Member(json, "disks")) spec.disks.push_back(DecodeDisk(disk));
  for (const Json& network : Member(json, "networks"))
    spec.networks.push_back(DecodeNetwork(network));
  spec.user_data = Source(Member(Member(json, "userData"), "cloudInit"));
  spec.ignition = Source(Member(Member(json, "userData"), "ignition"));
  spec.meta_data = Source(Member(Member(json, "metaData"), "cloudInit"));
  const Json& placement = Member(json, "placement");
  spec.placement = {.cluster = Text(placement, "cluster"),
                    .datastore = Text(placement, "datastore"),
                    .folder = Text(placement, "folder"),
                    .host = Text(placement, "host"),
                    .resource_pool = Text(placement, "resourcePool"),
                    .storage_pod = Text(placement, "storagePod"),
                    .datacenter = Text(placement, "datacenter")};
  spec.tags = Texts(json, "tags");
  spec.without_effect = VmFieldsWithoutEffect(json);
  return spec;
}

void DecodeVmStatus(const Json& json, VirtualMachineStatus& status) {
  status.id = Text(json, "id");
  status.phase = Text(json, "phase");
  status.power_state = Text(json, "powerState");
  status.message = Text(json, "message");
  status.console_url = Text(json, "consoleURL");
  status.host = Text(json, "host");
  status.guest_os = Text(json, "guestOS");
  status.last_task_ref = Text(json, "lastTaskRef");
  status.reconfigure_task_ref = Text(json, "reconfigureTaskRef");
  status.ips = Texts(json, "ips");
  status.current_resources = DecodeResources(Member(json, "currentResources"));
  status.provider = TextMap(json, "provider");
  status.last_reconfigure_time = Time(json, "lastReconfigureTime");
}

VmClassSpec DecodeClassSpec(const Json& json) {
  VmClassSpec spec;
  spec.cpu = Whole<int32_t>(json, "cpu");
  spec.memory_mib = Mebibytes(json, "memory");
  spec.firmware = Text(json, "firmware", "BIOS");
  spec.guest_tools_policy = Text(json, "guestToolsPolicy");
  const Json& disk = Member(json, "diskDefaults");
  constexpr int64_t kMibPerGib = 1024;
  spec.root_disk_gib = (Mebibytes(disk, "size") + kMibPerGib - 1) / kMibPerGib;
  spec.root_disk_type = Text(disk, "type");
  spec.storage_class = Text(disk, "storageClass");
  spec.root_disk_iops = Whole<int32_t>(disk, "iops");
  const Json& performance = Member(json, "performanceProfile");
  spec.cpu_hot_add = Flag(performance, "cpuHotAddEnabled");
  spec.memory_hot_add = Flag(performance, "memoryHotAddEnabled");
  spec.nested_virtualization = Flag(performance, "nestedVirtualization");
  spec.virtualization_based_security = Flag(performance, "virtualizationBasedSecurity");
  spec.latency_sensitivity = Text(performance, "latencySensitivity");
  spec.hyper_threading_policy = Text(performance, "hyperThreadingPolicy");
  const Json& security = Member(json, "securityProfile");
  spec.secure_boot = Flag(security, "secureBoot");
  spec.tpm_enabled = Flag(security, "tpmEnabled");
  spec.tpm_version = Text(security, "tpmVersion");
  spec.vtd_enabled = Flag(security, "vtdEnabled");
  const Json& encryption = Member(security, "encryptionPolicy");
  spec.encryption_enabled = Flag(encryption, "enabled");
  spec.require_encryption = Flag(encryption, "requireEncryption");
  spec.key_provider = Text(encryption, "keyProvider");
  const Json& limits = Member(json, "resourceLimits");
  spec.cpu_limit = Whole<int32_t>(limits, "cpuLimit");
  spec.cpu_reservation = Whole<int32_t>(limits, "cpuReservation");
  spec.cpu_shares = Whole<int32_t>(limits, "cpuShares");
  spec.memory_limit_mib = Mebibytes(limits, "memoryLimit");
  spec.memory_reservation_mib = Mebibytes(limits, "memoryReservation");
  spec.extra_config = TextMap(json, "extraConfig");
  return spec;
}

// "sha256:<hex>" gives the type too.
void SplitChecksum(VmImageSpec& spec) {
  const size_t colon = spec.checksum.find(':');
  if (colon == std::string::npos) return;
  spec.checksum_type = spec.checksum.substr(0, colon);
  spec.checksum.erase(0, colon + 1);
}

VmImageSpec DecodeImageSpec(const Json& json) {
  VmImageSpec spec;
  const Json& source = Member(json, "source");
  const Json& libvirt = Member(source, "libvirt");
  const Json& http = Member(source, "http");
  const Json& vsphere = Member(source, "vsphere");
  const Json& proxmox = Member(source, "proxmox");
  const Json& download = libvirt.is_object() ? libvirt : http.is_object() ? http : vsphere;
  spec.path = Text(libvirt, "path");
  spec.url = Text(libvirt, "url", Text(http, "url", Text(vsphere, "ovaURL")));
  spec.format = libvirt.is_object() && spec.path.empty() ? Text(libvirt, "format") : "";
  spec.storage_pool = Text(libvirt, "storagePool");
  spec.checksum = Text(download, "checksum");
  spec.checksum_type = Text(download, "checksumType", "sha256");
  spec.headers = TextMap(http, "headers");
  const int64_t template_id = Whole<int64_t>(proxmox, "templateID");
  spec.template_name =
      Text(vsphere, "templateName",
           template_id > 0 ? std::to_string(template_id) : Text(proxmox, "templateName"));
  SplitChecksum(spec);
  spec.spec_json = json.dump();
  spec.without_effect = ImageFieldsWithoutEffect(json);
  return spec;
}

VmNetworkAttachmentSpec DecodeNetworkSpec(const Json& json) {
  const Json& network = Member(json, "network");
  const Json& libvirt = Member(network, "libvirt");
  const Json& proxmox = Member(network, "proxmox");
  const Json& vsphere = Member(network, "vsphere");
  const Json& vlan = Member(vsphere, "vlan");
  const Json& allocation = Member(json, "ipAllocation");
  return {.type = Text(network, "type"),
          .network_name = Text(libvirt, "networkName"),
          .bridge = Text(Member(libvirt, "bridge"), "name", Text(proxmox, "bridge")),
          .portgroup = Text(vsphere, "portgroup"),
          .model = Text(libvirt, "model", Text(proxmox, "model", Text(vsphere, "adapterType"))),
          .vlan = Whole<int32_t>(vlan, "vlanID", Whole<int32_t>(proxmox, "vlanTag")),
          .mtu = Whole<int32_t>(network, "mtu"),
          .pci_slot_number = Whole<int32_t>(vsphere, "pciSlotNumber"),
          .ip_type = Text(allocation, "type", "DHCP"),
          .static_address = Text(Member(allocation, "staticConfig"), "address"),
          .static_gateway = Text(Member(allocation, "staticConfig"), "gateway"),
          .dns_servers = Texts(Member(allocation, "dnsConfig"), "servers")};
}

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

Json EncodeUsage(const UsageStatus& status) {
  Json out = Json::object();
  if (!status.conditions.empty()) out["conditions"] = kube::EncodeConditions(status.conditions);
  if (status.observed_generation != 0) out["observedGeneration"] = status.observed_generation;
  return out;
}

}  // namespace
}  // namespace vr::api

namespace vr::kube {

using api::Prepared;

#define VR_TYPE(object_type, kind_name)                                  \
  const ResourceType& ResourceTraits<object_type>::Type() {              \
    static const ResourceType resource = api::FindKind(kind_name)->type; \
    return resource;                                                     \
  }
VR_TYPE(api::VirtualMachine, "VirtualMachine")
VR_TYPE(api::VmClass, "VMClass")
VR_TYPE(api::VmImage, "VMImage")
VR_TYPE(api::VmNetworkAttachment, "VMNetworkAttachment")
VR_TYPE(api::Provider, "Provider")
#undef VR_TYPE

Result<api::VirtualMachine> ResourceTraits<api::VirtualMachine>::Decode(const Json& object) {
  const api::PreparedObject prepared = Prepared("VirtualMachine", object);
  const Json& json = prepared.json;
  VR_ASSIGN_OR_RETURN(auto vm, api::WithMeta<api::VirtualMachine>(prepared));
  vm.spec = api::DecodeVmSpec(api::Member(json, "spec"));
  api::DecodeVmStatus(api::Member(json, "status"), vm.status);
  return vm;
}

Json ResourceTraits<api::VirtualMachine>::EncodeStatus(const api::VirtualMachine& vm) {
  const api::VirtualMachineStatus& status = vm.status;
  Json out = Json::object();
  if (!status.conditions.empty()) out["conditions"] = EncodeConditions(status.conditions);
  if (status.observed_generation != 0) out["observedGeneration"] = status.observed_generation;
  api::Put(out, "id", status.id);
  api::Put(out, "phase", status.phase);
  api::Put(out, "powerState", status.power_state);
  api::Put(out, "message", status.message);
  api::Put(out, "consoleURL", status.console_url);
  api::Put(out, "host", status.host);
  api::Put(out, "guestOS", status.guest_os);
  api::Put(out, "lastTaskRef", status.last_task_ref);
  api::Put(out, "reconfigureTaskRef", status.reconfigure_task_ref);
  if (!status.ips.empty()) out["ips"] = out["ipAddresses"] = status.ips;
  if (status.current_resources.cpu > 0)
    out["currentResources"]["cpu"] = status.current_resources.cpu;
  if (status.current_resources.memory_mib > 0)
    out["currentResources"]["memoryMiB"] = status.current_resources.memory_mib;
  if (!status.provider.empty()) out["provider"] = status.provider;
  if (status.last_reconfigure_time)
    out["lastReconfigureTime"] = FormatTimestamp(*status.last_reconfigure_time);
  return out;
}

Result<api::VmClass> ResourceTraits<api::VmClass>::Decode(const Json& object) {
  const api::PreparedObject prepared = Prepared("VMClass", object);
  const Json& json = prepared.json;
  VR_ASSIGN_OR_RETURN(auto vm_class, api::WithMeta<api::VmClass>(prepared));
  vm_class.spec = api::DecodeClassSpec(api::Member(json, "spec"));
  return vm_class;
}
Json ResourceTraits<api::VmClass>::EncodeStatus(const api::VmClass& object) {
  return api::EncodeUsage(object.status);
}

Result<api::VmImage> ResourceTraits<api::VmImage>::Decode(const Json& object) {
  const api::PreparedObject prepared = Prepared("VMImage", object);
  const Json& json = prepared.json;
  VR_ASSIGN_OR_RETURN(auto image, api::WithMeta<api::VmImage>(prepared));
  image.spec = api::DecodeImageSpec(api::Member(json, "spec"));
  return image;
}
Json ResourceTraits<api::VmImage>::EncodeStatus(const api::VmImage& object) {
  return api::EncodeUsage(object.status);
}

Result<api::VmNetworkAttachment> ResourceTraits<api::VmNetworkAttachment>::Decode(
    const Json& object) {
  const api::PreparedObject prepared = Prepared("VMNetworkAttachment", object);
  const Json& json = prepared.json;
  VR_ASSIGN_OR_RETURN(auto network, api::WithMeta<api::VmNetworkAttachment>(prepared));
  network.spec = api::DecodeNetworkSpec(api::Member(json, "spec"));
  return network;
}
Json ResourceTraits<api::VmNetworkAttachment>::EncodeStatus(
    const api::VmNetworkAttachment& object) {
  return api::EncodeUsage(object.status);
}

Result<api::Provider> ResourceTraits<api::Provider>::Decode(const Json& object) {
  const api::PreparedObject prepared = Prepared("Provider", object);
  const Json& json = prepared.json;
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
