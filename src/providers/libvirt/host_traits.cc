#include "providers/libvirt/host_traits.h"

#include <pugixml.hpp>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "providers/libvirt/error_map.h"
#include "providers/libvirt/handles.h"
#include "providers/libvirt/owner.h"

namespace vr::libvirt {
namespace {

bool Supported(pugi::xml_node node) {
  return std::string_view(node.attribute("supported").value()) == "yes";
}

// True if <enum name='name'> below `node` lists `value`.
bool Lists(pugi::xml_node node, const char* name, const char* value) {
  const pugi::xml_node values = node.find_child_by_attribute("enum", "name", name);
  for (const pugi::xml_node child : values.children("value")) {
    if (std::string_view(child.text().get()) == value) return true;
  }
  return false;
}

// A name that no other probe has, on this host or elsewhere.
std::string ProbeName() {
  std::random_device device;
  std::ostringstream name;
  name << "virtrigaud-probe-" << std::hex << device() << device();
  return name.str();
}

// A domain without disks, gone again before this returns; libvirt ends it if we are killed.
Status StartForAMoment(virConnectPtr connect, const HostTraits& traits) {
  pugi::xml_document document;
  pugi::xml_node domain = document.append_child("domain");
  domain.append_attribute("type") = traits.domain_type.c_str();
  domain.append_child("name").text() = ProbeName().c_str();
  AppendOwner(
      domain.append_child("metadata"),
      {.uid = "", .key = "probe of " + traits.domain_type, .creating = true, .volumes = {}});
  domain.append_child("memory").text() = 16384;
  domain.append_child("vcpu").text() = 1;
  pugi::xml_node type = domain.append_child("os").append_child("type");
  type.append_attribute("arch") = traits.arch.c_str();
  type.append_attribute("machine") = traits.machine.c_str();
  type.text() = "hvm";
  domain.append_child("cpu").append_attribute("mode") = traits.cpu_mode.c_str();
  std::ostringstream xml;
  document.save(xml, "", pugi::format_raw | pugi::format_no_declaration);
  const DomainHandle started(
      virDomainCreateXML(connect, xml.str().c_str(), VIR_DOMAIN_START_AUTODESTROY));
  const std::string what = "start an empty domain of type " + traits.domain_type;
  if (!started) return LastError(what);
  int state = 0;
  int reason = 0;
  const bool runs =
      virDomainGetState(started.get(), &state, &reason, 0) == 0 && state == VIR_DOMAIN_RUNNING;
  virDomainDestroy(started.get());
  if (runs) return {};
  return Error{ErrorKind::kRetryable, what + ": it does not run", {}};
}

// Nothing if this libvirt cannot run domains of the type.
Result<std::optional<HostTraits>> AskFor(virConnectPtr connect, const char* type) {
  using Offer = std::optional<HostTraits>;
  const CString xml(virConnectGetDomainCapabilities(connect, nullptr, "x86_64", "q35", type, 0));
  if (xml) {
    VR_ASSIGN_OR_RETURN(HostTraits traits, ReadDomainCapabilities(xml.get()));
    return Offer(std::move(traits));
  }
  Error error =
      LastError("ask libvirt for the capabilities of x86_64 domains of type " + std::string(type));
  const bool not_offered =
      error.kind == ErrorKind::kInvalidSpec || error.kind == ErrorKind::kNotSupported;
  if (not_offered && type == std::string_view("kvm")) return Offer();
  return error;
}

}  // namespace

Result<HostTraits> ReadDomainCapabilities(const std::string& xml) {
  pugi::xml_document document;
  if (!document.load_string(xml.c_str())) {
    return Error{ErrorKind::kInternal, "libvirt's domain capabilities are not valid XML", {}};
  }
  const pugi::xml_node root = document.child("domainCapabilities");
  HostTraits traits;
  traits.domain_type = root.child("domain").text().get();
  traits.arch = root.child("arch").text().get();
  const pugi::xml_node cpu = root.child("cpu");
  for (const char* mode : {"maximum", "host-model", "host-passthrough"}) {  // the last is the best
    if (Supported(cpu.find_child_by_attribute("mode", "name", mode))) {
      traits.cpu_mode = mode;
    }
  }
  const pugi::xml_node os = root.child("os");
  traits.uefi = Lists(os, "firmware", "efi");
  traits.secure_boot = traits.uefi && Lists(os.child("loader"), "secure", "yes");
  const pugi::xml_node tpm = root.child("devices").child("tpm");
  traits.tpm_emulator = Supported(tpm) && Lists(tpm, "backendModel", "emulator");
  return traits;
}

Result<HostTraits> ChooseTraits(const std::optional<HostTraits>& kvm, HostTraits emulation,
                                const std::function<Status(const HostTraits&)>& start) {
  // Emulation knows all of QEMU's CPU features by this name, and "host-model" only a guess.
  emulation.cpu_mode = "maximum";
  if (!kvm) return emulation;
  const Status started = start(*kvm);
  if (started) return *kvm;
  switch (started.error().kind) {
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
    case ErrorKind::kConflict:
    case ErrorKind::kUnauthorized:
      return started.error();
    default:
      if (!start(emulation)) return started.error();
      return emulation;
  }
}

Result<HostTraits> ProbeHost(virConnectPtr connect) {
  VR_ASSIGN_OR_RETURN(const auto kvm, AskFor(connect, "kvm"));
  VR_ASSIGN_OR_RETURN(auto emulation, AskFor(connect, "qemu"));
  return ChooseTraits(kvm, *std::move(emulation),
                      [&](const HostTraits& traits) { return StartForAMoment(connect, traits); });
}

Result<HostTraits> HostProbe::Get(const Context& ctx) {
  uint64_t generation = 0;
  {
    std::unique_lock lock(mutex_);
    if (!ctx.clock().WaitUntil(lock, changed_, ctx.stop(), ctx.deadline(),
                               [&] { return traits_ || !probing_; })) {
      VR_RETURN_IF_ERROR(ctx.Check("wait for what the host can do"));
    }
    if (traits_) return *traits_;
    probing_ = true;
    generation = generation_;
  }
  const Result<HostTraits> traits = connection_.Call(ctx, probe_);
  const std::lock_guard lock(mutex_);
  probing_ = false;
  if (traits && generation == generation_) traits_ = *traits;
  changed_.notify_all();
  return traits;
}

void HostProbe::Forget() {
  const std::lock_guard lock(mutex_);
  traits_.reset();
  ++generation_;
}

}  // namespace vr::libvirt
