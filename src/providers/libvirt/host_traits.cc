#include "providers/libvirt/host_traits.h"

#include <unistd.h>

#include <pugixml.hpp>
#include <sstream>
#include <string>
#include <string_view>

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

// A domain without disks, gone again before this returns; libvirt ends it if we are killed.
bool Runs(virConnectPtr connect, const HostTraits& traits) {
  pugi::xml_document document;
  pugi::xml_node domain = document.append_child("domain");
  domain.append_attribute("type") = traits.domain_type.c_str();
  domain.append_child("name").text() = ("virtrigaud-probe-" + std::to_string(getpid())).c_str();
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
  if (!started) return false;
  int state = 0;
  int reason = 0;
  const bool runs =
      virDomainGetState(started.get(), &state, &reason, 0) == 0 && state == VIR_DOMAIN_RUNNING;
  virDomainDestroy(started.get());
  return runs;
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

Result<HostTraits> ProbeHost(virConnectPtr connect) {
  for (const char* type : {"kvm", "qemu"}) {
    const CString xml(virConnectGetDomainCapabilities(connect, nullptr, "x86_64", "q35", type, 0));
    if (!xml) continue;
    VR_ASSIGN_OR_RETURN(HostTraits traits, ReadDomainCapabilities(xml.get()));
    if (traits.domain_type == "kvm" && !Runs(connect, traits)) continue;
    // Emulation knows all of QEMU's CPU features by this name, and "host-model" only a guess.
    if (traits.domain_type == "qemu") traits.cpu_mode = "maximum";
    return traits;
  }
  return LastError("ask libvirt for the capabilities of x86_64 domains");
}

Result<HostTraits> HostProbe::Get(const Context& ctx) {
  {
    const std::lock_guard lock(mutex_);
    if (traits_) return *traits_;
  }
  VR_ASSIGN_OR_RETURN(const HostTraits traits, connection_.Call(ctx, ProbeHost));
  const std::lock_guard lock(mutex_);
  traits_ = traits;
  return traits;
}

void HostProbe::Forget() {
  const std::lock_guard lock(mutex_);
  traits_.reset();
}

}  // namespace vr::libvirt
