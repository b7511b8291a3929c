// What a hypervisor host can do for our domains.
#pragma once

#include <libvirt/libvirt.h>

#include <mutex>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/result.h"
#include "providers/libvirt/connection.h"

namespace vr::libvirt {

struct HostTraits {
  std::string domain_type = "qemu";  // "kvm" where the host can use it
  std::string arch = "x86_64";
  std::string machine = "q35";
  std::string cpu_mode = "maximum";  // "host-passthrough" or "host-model" with kvm
  bool uefi = false;                 // firmware can be chosen by <os firmware='efi'>
  bool secure_boot = false;
  bool tpm_emulator = false;
};

// Asks libvirt, and where it offers KVM starts an empty domain with it for a moment: on nested and
// cloud machines KVM is often there but fails when it is used.
Result<HostTraits> ProbeHost(virConnectPtr connect);

// The part of ProbeHost that reads a <domainCapabilities> document.
Result<HostTraits> ReadDomainCapabilities(const std::string& xml);

// ProbeHost, remembered. Thread-safe.
class HostProbe {
 public:
  explicit HostProbe(Connection& connection) : connection_(connection) {}
  Result<HostTraits> Get(const Context& ctx);
  void Forget();  // after a new connection: it may be another host, or another state of it

 private:
  Connection& connection_;
  std::mutex mutex_;  // guards traits_
  std::optional<HostTraits> traits_;
};

}  // namespace vr::libvirt
