// From stored objects to types and back. Objects were validated before they were stored, but not
// necessarily by us: what is wrong with a spec is kept as the object's findings.
#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "api/kinds.h"
#include "api/v1beta1.h"
#include "api/without_effect.h"
#include "base/duration.h"
#include "base/timestamp.h"

namespace vr::api {
namespace {

TextSource Source(const Json& object) {
  return {Text(object, "inline"), Text(Member(object, "secretRef"), "name")};
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
  spec.clone_type = Text(json, "cloneType");
  spec.placement_ref = NameOf(json, "placementRef");
  spec.availability_json = JsonText(Member(json, "availability"));
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
  spec.vsphere_json = JsonText(Member(json, "vsphere"));
  spec.libvirt_json = JsonText(Member(json, "libvirt"));
  spec.proxmox_json = JsonText(Member(json, "proxmox"));
  for (const Json& item : Member(json, "disks")) spec.disks.push_back(DecodeDisk(item));
  for (const Json& item : Member(json, "networks")) spec.networks.push_back(DecodeNetwork(item));
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
  const Json& cloud_init = Member(json, "cloudInit");
  if (Flag(cloud_init, "enabled", true))
    spec.user_data_template = Text(cloud_init, "userDataTemplate");
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

Json EncodeUsage(const UsageStatus& status) {
  Json out = Json::object();
  if (!status.conditions.empty()) out["conditions"] = kube::EncodeConditions(status.conditions);
  if (status.observed_generation != 0) out["observedGeneration"] = status.observed_generation;
  return out;
}

}  // namespace
}  // namespace vr::api

namespace vr::kube {

VR_TYPE(api::VirtualMachine, "VirtualMachine")
VR_TYPE(api::VmClass, "VMClass")
VR_TYPE(api::VmImage, "VMImage")
VR_TYPE(api::VmNetworkAttachment, "VMNetworkAttachment")

Result<api::VirtualMachine> ResourceTraits<api::VirtualMachine>::Decode(const Json& object) {
  const api::PreparedObject prepared = api::Prepared("VirtualMachine", object);
  const Json& json = *prepared.json;
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
  const api::PreparedObject prepared = api::Prepared("VMClass", object);
  const Json& json = *prepared.json;
  VR_ASSIGN_OR_RETURN(auto vm_class, api::WithMeta<api::VmClass>(prepared));
  vm_class.spec = api::DecodeClassSpec(api::Member(json, "spec"));
  return vm_class;
}
Json ResourceTraits<api::VmClass>::EncodeStatus(const api::VmClass& object) {
  return api::EncodeUsage(object.status);
}

Result<api::VmImage> ResourceTraits<api::VmImage>::Decode(const Json& object) {
  const api::PreparedObject prepared = api::Prepared("VMImage", object);
  const Json& json = *prepared.json;
  VR_ASSIGN_OR_RETURN(auto image, api::WithMeta<api::VmImage>(prepared));
  image.spec = api::DecodeImageSpec(api::Member(json, "spec"));
  return image;
}
Json ResourceTraits<api::VmImage>::EncodeStatus(const api::VmImage& object) {
  return api::EncodeUsage(object.status);
}

Result<api::VmNetworkAttachment> ResourceTraits<api::VmNetworkAttachment>::Decode(
    const Json& object) {
  const api::PreparedObject prepared = api::Prepared("VMNetworkAttachment", object);
  const Json& json = *prepared.json;
  VR_ASSIGN_OR_RETURN(auto network, api::WithMeta<api::VmNetworkAttachment>(prepared));
  network.spec = api::DecodeNetworkSpec(api::Member(json, "spec"));
  return network;
}
Json ResourceTraits<api::VmNetworkAttachment>::EncodeStatus(
    const api::VmNetworkAttachment& object) {
  return api::EncodeUsage(object.status);
}

}  // namespace vr::kube
