// Domains as XML: what we define, and what we read back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "providers/libvirt/host_traits.h"
#include "providers/libvirt/owner.h"

namespace vr::libvirt {

struct DiskSpec {
  VolumeRef volume;
  std::string format = "qcow2";
  std::string cache;  // empty: the hypervisor's default
};

struct NicSpec {
  enum class Kind { kNetwork, kBridge, kUser };
  Kind kind = Kind::kUser;
  std::string source;  // name of the network or bridge
  std::string mac;
  std::string model = "virtio";
  int32_t mtu = 0;
  int32_t vlan = 0;  // a tag that Open vSwitch bridges and networks honour
};

struct DomainSpec {
  std::string uuid;
  std::string name;
  Owner owner;
  HostTraits host;
  int32_t cpus = 1;
  int32_t max_cpus = 1;  // more than cpus: the rest can be added while it runs
  int64_t memory_mib = 512;
  bool uefi = false;
  bool secure_boot = false;
  bool tpm = false;
  std::vector<DiskSpec> disks;     // the first one boots
  std::optional<VolumeRef> cdrom;  // the cloud-init seed
  std::vector<NicSpec> nics;
};

std::string RenderDomain(const DomainSpec& spec);

// What a domain's XML says that the bulk statistics do not.
struct DiskView {
  std::string target;  // "vda"
  std::string device;  // "disk", "cdrom"
  std::string format;
  std::string path;  // a file or device; empty for a volume
  VolumeRef volume;  // empty for a file or device
};
struct NicView {
  std::string mac;
  std::string source;  // network or bridge; "user" for user mode
  std::string type;
};
struct DomainView {
  std::string uuid;
  std::string name;
  bool ours = false;  // carries our mark
  Owner owner;
  int32_t cpus = 0;
  int64_t memory_mib = 0;
  std::vector<DiskView> disks;
  std::vector<NicView> nics;
  int vnc_port = -1;  // -1: not running or no VNC
  std::string vnc_address;
  bool agent_connected = false;
};

Result<DomainView> ParseDomain(const std::string& xml);

}  // namespace vr::libvirt
