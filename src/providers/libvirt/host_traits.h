// What a hypervisor host can do for our domains.
#pragma once

#include <libvirt/libvirt.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

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

// The part of ProbeHost that decides. `start` starts an empty domain for a moment. KVM is given up
// only where emulation does start: a failure that both have is about something else, and returned.
Result<HostTraits> ChooseTraits(const std::optional<HostTraits>& kvm, HostTraits emulation,
                                const std::function<Status(const HostTraits&)>& start);

// What the host can do, asked for once per connection; an error is not remembered. Thread-safe: one
// call probes, those that come meanwhile wait for it.
class HostProbe {
 public:
  using Probe = std::function<Result<HostTraits>(virConnectPtr)>;
  explicit HostProbe(Connection& connection, Probe probe = ProbeHost)
      : connection_(connection), probe_(std::move(probe)) {}
  Result<HostTraits> Get(const Context& ctx);
  void Forget();  // after a new connection: it may be another host, or another state of it

 private:
  Connection& connection_;
  const Probe probe_;
  std::mutex mutex_;  // guards all below
  std::condition_variable_any changed_;
  std::optional<HostTraits> traits_;
  bool probing_ = false;
  uint64_t generation_ = 0;  // counts Forget: an answer of the connection before is not kept
};

}  // namespace vr::libvirt
