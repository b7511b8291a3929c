// The keys of the base contract's *_json strings: each structure once, for JsonWriter and
// JsonReader. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

#include "rpc/json_fields.h"
#include "rpc/messages.h"

namespace vr::rpc {

template <class V>
void Fields(V& v, VmClassSpec& c) {
  v("CPU", c.cpus);
  v("MemoryMiB", c.memory_mib);
  v("Firmware", c.firmware);
  v("GuestToolsPolicy", c.guest_tools_policy);
  v("ExtraConfig", c.extra_config);
  v.Object("DiskDefaults", [&](V& disk) {
    disk("Type", c.root_disk_type);
    disk("SizeGiB", c.root_disk_gib);
  });
  v.Object("PerformanceProfile", [&](V& profile) {
    profile("LatencySensitivity", c.latency_sensitivity);
    profile("CPUHotAddEnabled", c.cpu_hot_add);
    profile("MemoryHotAddEnabled", c.memory_hot_add);
    profile("VirtualizationBasedSecurity", c.virtualization_based_security);
    profile("NestedVirtualization", c.nested_virtualization);
    profile("HyperThreadingPolicy", c.hyper_threading_policy);
  });
  v.Object("SecurityProfile", [&](V& profile) {
    profile("SecureBoot", c.secure_boot);
    profile("TPMEnabled", c.tpm_enabled);
    profile("TPMVersion", c.tpm_version);
    profile("VTDEnabled", c.vtd_enabled);
    profile("EncryptionEnabled", c.encryption_enabled);
    profile("KeyProvider", c.key_provider);
    profile("RequireEncryption", c.require_encryption);
  });
  v.Object("ResourceLimits", [&](V& limits) {
    limits("CPULimit", c.cpu_limit_mhz);
    limits("CPUReservation", c.cpu_reservation_mhz);
    limits("CPUShares", c.cpu_shares);
    limits("MemoryLimitMiB", c.memory_limit_mib);
    limits("MemoryReservationMiB", c.memory_reservation_mib);
  });
}

// Clone sends the class as VMClass.spec has it.
struct ServedClass {
  VmClassSpec& spec;
};

template <class V>
void Fields(V& v, ServedClass& served) {
  VmClassSpec& c = served.spec;
  v("cpu", c.cpus);
  v.Quantity("memory", c.memory_mib, JsonUnit::kMebi);
  v("firmware", c.firmware);
  v("guestToolsPolicy", c.guest_tools_policy);
  v("extraConfig", c.extra_config);
  v.Object("diskDefaults", [&](V& disk) {
    disk("type", c.root_disk_type);
    disk.Quantity("size", c.root_disk_gib, JsonUnit::kGibi);
    disk("storageClass", c.storage_class);
    disk("iops", c.root_disk_iops);
  });
  v.Object("performanceProfile", [&](V& profile) {
    profile("latencySensitivity", c.latency_sensitivity);
    profile("cpuHotAddEnabled", c.cpu_hot_add);
    profile("memoryHotAddEnabled", c.memory_hot_add);
    profile("virtualizationBasedSecurity", c.virtualization_based_security);
    profile("nestedVirtualization", c.nested_virtualization);
    profile("hyperThreadingPolicy", c.hyper_threading_policy);
  });
  v.Object("securityProfile", [&](V& profile) {
    profile("secureBoot", c.secure_boot);
    profile("tpmEnabled", c.tpm_enabled);
    profile("tpmVersion", c.tpm_version);
    profile("vtdEnabled", c.vtd_enabled);
    profile.Object("encryptionPolicy", [&](V& encryption) {
      encryption("enabled", c.encryption_enabled);
      encryption("keyProvider", c.key_provider);
      encryption("requireEncryption", c.require_encryption);
    });
  });
  v.Object("resourceLimits", [&](V& limits) {
    limits("cpuLimit", c.cpu_limit_mhz);
    limits("cpuReservation", c.cpu_reservation_mhz);
    limits("cpuShares", c.cpu_shares);
    limits.Quantity("memoryLimit", c.memory_limit_mib, JsonUnit::kMebi);
    limits.Quantity("memoryReservation", c.memory_reservation_mib, JsonUnit::kMebi);
  });
}

template <class V>
void Fields(V& v, ImageSource& image) {
  v("TemplateName", image.template_name);
  v("Path", image.path);
  v("URL", image.url);
  v("Format", image.format);
  v("Checksum", image.checksum);
  v("ChecksumType", image.checksum_type);
}

template <class V>
void Fields(V& v, NetworkAttachment& nic) {
  v("Name", nic.name);
  v("Portgroup", nic.portgroup);
  v("NetworkName", nic.network_name);
  v("Bridge", nic.bridge);
  v("VLAN", nic.vlan);
  v("Model", nic.model);
  v("MacAddress", nic.mac_address);
  v("IPPolicy", nic.ip_policy);
  v("StaticIP", nic.static_ip);
  v("Prefix", nic.prefix);
  v("Gateway", nic.gateway);
  v("DNS", nic.dns);
  v("PCISlotNumber", nic.pci_slot_number);
}

template <class V>
void Fields(V& v, DiskRequest& disk) {
  v("Name", disk.name);
  v("SizeGiB", disk.size_gib);
  v("Type", disk.type);
}

template <class V>
void Fields(V& v, Placement& placement) {
  v("Datastore", placement.datastore);
  v("StoragePod", placement.storage_pod);
  v("Cluster", placement.cluster);
  v("Folder", placement.folder);
  v("Host", placement.host);
}

// Clone sends the name of a policy instead of a place.
struct PlacementPolicy {
  Placement& place;
  std::string name;
};

template <class V>
void Fields(V& v, PlacementPolicy& policy) {
  Fields(v, policy.place);
  v("name", policy.name);
}

template <class V>
void Fields(V& v, VmSpec& vm) {
  v("Name", vm.name);
  v.Object("Class", [&](V& inner) { Fields(inner, vm.vm_class); });
  v.Object("Image", [&](V& inner) { Fields(inner, vm.image); });
  v.List("Networks", vm.networks);
  v.List("Disks", vm.disks);
  if (!vm.user_data.empty() || std::is_same_v<V, JsonReader>) {
    v.Object("UserData", [&](V& data) {
      data("Type", vm.user_data_kind);
      data("CloudInitData", vm.user_data);
    });
  }
  v.Object("MetaData", [&](V& data) { data("MetaDataYAML", vm.meta_data); });
  v.Object("Placement", [&](V& inner) { Fields(inner, vm.placement); });
  v("Tags", vm.tags);
}

// The sources of VMImage.spec that a provider can take.
struct ServedImage {
  ImageSource libvirt, http, vsphere, proxmox;
  int64_t template_id = 0;
};

template <class V>
void Fields(V& v, ServedImage& served) {
  v.Object("source", [&](V& source) {
    source.Object("libvirt", [&](V& in) {
      in("path", served.libvirt.path);
      in("url", served.libvirt.url);
      in("format", served.libvirt.format);
      in("checksum", served.libvirt.checksum);
      in("checksumType", served.libvirt.checksum_type);
      in("storagePool", served.libvirt.storage_pool);
    });
    source.Object("http", [&](V& in) {
      in("url", served.http.url);
      in("checksum", served.http.checksum);
      in("checksumType", served.http.checksum_type);
      in("headers", served.http.headers);
    });
    source.Object("vsphere", [&](V& in) {
      in("templateName", served.vsphere.template_name);
      in("ovaURL", served.vsphere.url);
      in("checksum", served.vsphere.checksum);
      in("checksumType", served.vsphere.checksum_type);
    });
    source.Object("proxmox", [&](V& in) {
      in("templateID", served.template_id);
      in("templateName", served.proxmox.template_name);
    });
  });
}

}  // namespace vr::rpc
