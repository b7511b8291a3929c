#include "providers/libvirt/domain_xml.h"

#include <algorithm>
#include <initializer_list>
#include <pugixml.hpp>
#include <sstream>
#include <utility>

namespace vr::libvirt {
namespace {

using pugi::xml_node;
using Attributes = std::initializer_list<std::pair<const char*, std::string>>;

xml_node Add(xml_node parent, const char* name, Attributes attributes = {}) {
  xml_node node = parent.append_child(name);
  for (const auto& [key, value] : attributes) node.append_attribute(key) = value.c_str();
  return node;
}

void AddText(xml_node parent, const char* name, const std::string& text,
             Attributes attributes = {}) {
  Add(parent, name, attributes).text() = text.c_str();
}

void AddOs(xml_node domain, const DomainSpec& spec) {
  xml_node os = Add(domain, "os");
  if (spec.uefi) {
    os.append_attribute("firmware") = "efi";
    xml_node firmware = Add(os, "firmware");
    const std::string secure = spec.secure_boot ? "yes" : "no";
    Add(firmware, "feature", {{"enabled", secure}, {"name", "secure-boot"}});
    Add(firmware, "feature", {{"enabled", secure}, {"name", "enrolled-keys"}});
  }
  AddText(os, "type", "hvm", {{"arch", spec.host.arch}, {"machine", spec.host.machine}});
  if (spec.secure_boot) os.append_child("loader").append_attribute("secure") = "yes";
  Add(os, "boot", {{"dev", "hd"}});
}

void AddCpu(xml_node domain, const DomainSpec& spec) {
  xml_node vcpu = Add(domain, "vcpu", {{"placement", "static"}});
  if (spec.max_cpus > spec.cpus) vcpu.append_attribute("current") = spec.cpus;
  vcpu.text() = std::max(spec.max_cpus, spec.cpus);
  xml_node features = Add(domain, "features");
  Add(features, "acpi");
  Add(features, "apic");
  if (spec.secure_boot) Add(features, "smm", {{"state", "on"}});
  xml_node cpu = Add(domain, "cpu", {{"mode", spec.host.cpu_mode}});
  if (spec.host.cpu_mode != "host-model") cpu.append_attribute("migratable") = "on";
  xml_node clock = Add(domain, "clock", {{"offset", "utc"}});
  Add(clock, "timer", {{"name", "rtc"}, {"tickpolicy", "catchup"}});
  Add(clock, "timer", {{"name", "pit"}, {"tickpolicy", "delay"}});
  Add(clock, "timer", {{"name", "hpet"}, {"present", "no"}});
}

std::string DiskTarget(size_t index) {
  std::string letters;
  for (size_t n = index + 1; n > 0; n = (n - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('a' + (n - 1) % 26));
  }
  return "vd" + letters;
}

void AddDisks(xml_node devices, const DomainSpec& spec) {
  for (size_t i = 0; i < spec.disks.size(); ++i) {
    const DiskSpec& disk = spec.disks[i];
    xml_node node = Add(devices, "disk", {{"type", "volume"}, {"device", "disk"}});
    xml_node driver =
        Add(node, "driver", {{"name", "qemu"}, {"type", disk.format}, {"discard", "unmap"}});
    if (!disk.cache.empty()) driver.append_attribute("cache") = disk.cache.c_str();
    Add(node, "source", {{"pool", disk.volume.pool}, {"volume", disk.volume.name}});
    Add(node, "target", {{"dev", DiskTarget(i)}, {"bus", "virtio"}});
  }
  if (!spec.cdrom) return;
  xml_node node = Add(devices, "disk", {{"type", "volume"}, {"device", "cdrom"}});
  Add(node, "driver", {{"name", "qemu"}, {"type", "raw"}});
  Add(node, "source", {{"pool", spec.cdrom->pool}, {"volume", spec.cdrom->name}});
  // Virtio, as the root disk: kernels made for clouds (Debian's for one) have no driver for SATA,
  // and would boot without ever seeing their user data.
  Add(node, "target", {{"dev", "sda"}, {"bus", "scsi"}});
  Add(node, "readonly");
  Add(devices, "controller", {{"type", "scsi"}, {"index", "0"}, {"model", "virtio-scsi"}});
}

const char* TypeName(NicSpec::Kind kind) {
  switch (kind) {
    case NicSpec::Kind::kNetwork:
      return "network";
    case NicSpec::Kind::kBridge:
      return "bridge";
    case NicSpec::Kind::kUser:
      return "user";
  }
  return "user";
}

void AddNics(xml_node devices, const std::vector<NicSpec>& nics) {
  for (const NicSpec& nic : nics) {
    xml_node node = Add(devices, "interface", {{"type", TypeName(nic.kind)}});
    if (nic.kind != NicSpec::Kind::kUser) {
      Add(node, "source", {{TypeName(nic.kind), nic.source}});  // named like the type
    }
    Add(node, "mac", {{"address", nic.mac}});
    if (nic.vlan > 0) Add(Add(node, "vlan"), "tag", {{"id", std::to_string(nic.vlan)}});
    Add(node, "model", {{"type", nic.model}});
    if (nic.mtu > 0) Add(node, "mtu", {{"size", std::to_string(nic.mtu)}});
  }
}

void AddDevices(xml_node domain, const DomainSpec& spec) {
  xml_node devices = Add(domain, "devices");
  AddDisks(devices, spec);
  // Free slots, so that disks and interfaces can be added while the domain runs.
  Add(devices, "controller", {{"type", "pci"}, {"index", "0"}, {"model", "pcie-root"}});
  for (int i = 0; i < 8; ++i) {
    Add(devices, "controller", {{"type", "pci"}, {"model", "pcie-root-port"}});
  }
  Add(devices, "controller", {{"type", "virtio-serial"}, {"index", "0"}});
  AddNics(devices, spec.nics);
  Add(Add(devices, "serial", {{"type", "pty"}}), "target", {{"type", "isa-serial"}, {"port", "0"}});
  Add(Add(devices, "console", {{"type", "pty"}}), "target", {{"type", "serial"}, {"port", "0"}});
  Add(Add(devices, "channel", {{"type", "unix"}}), "target",
      {{"type", "virtio"}, {"name", "org.qemu.guest_agent.0"}});
  Add(devices, "input", {{"type", "tablet"}, {"bus", "usb"}});
  Add(devices, "graphics", {{"type", "vnc"}, {"autoport", "yes"}, {"listen", "127.0.0.1"}});
  Add(Add(devices, "video"), "model", {{"type", "vga"}});
  if (spec.tpm) {
    Add(Add(devices, "tpm", {{"model", "tpm-crb"}}), "backend",
        {{"type", "emulator"}, {"version", "2.0"}});
  }
  Add(devices, "memballoon", {{"model", "virtio"}});
  AddText(Add(devices, "rng", {{"model", "virtio"}}), "backend", "/dev/urandom",
          {{"model", "random"}});
}

DiskView ReadDisk(xml_node node) {
  DiskView disk;
  const xml_node source = node.child("source");
  disk.target = node.child("target").attribute("dev").value();
  disk.device = node.attribute("device").as_string("disk");
  disk.format = node.child("driver").attribute("type").value();
  disk.volume = {source.attribute("pool").value(), source.attribute("volume").value()};
  disk.path = source.attribute("file").as_string(source.attribute("dev").value());
  return disk;
}

NicView ReadNic(xml_node node) {
  NicView nic;
  const xml_node source = node.child("source");
  nic.type = node.attribute("type").value();
  nic.mac = node.child("mac").attribute("address").value();
  nic.source = source.attribute("network").as_string(source.attribute("bridge").value());
  if (nic.type == "user") nic.source = "user";
  return nic;
}

// 0 where the number is none that a machine can have.
int64_t ToMebibytes(xml_node memory) {
  const std::string unit = memory.attribute("unit").as_string("KiB");
  const int64_t value = memory.text().as_llong();
  if (value < 0 || value > int64_t{1} << 50) return 0;
  if (unit == "b" || unit == "bytes") return value >> 20;
  if (unit == "MiB" || unit == "M") return value;
  if (unit == "GiB" || unit == "G") return value << 10;
  return value >> 10;
}

}  // namespace

std::string RenderDomain(const DomainSpec& spec) {
  pugi::xml_document document;
  xml_node domain = Add(document.root(), "domain", {{"type", spec.host.domain_type}});
  AddText(domain, "name", spec.name);
  AddText(domain, "uuid", spec.uuid);
  AppendOwner(Add(domain, "metadata"), spec.owner);
  AddText(domain, "memory", std::to_string(spec.memory_mib), {{"unit", "MiB"}});
  AddText(domain, "currentMemory", std::to_string(spec.memory_mib), {{"unit", "MiB"}});
  AddOs(domain, spec);
  AddCpu(domain, spec);
  AddText(domain, "on_poweroff", "destroy");
  AddText(domain, "on_reboot", "restart");
  AddText(domain, "on_crash", "destroy");
  AddDevices(domain, spec);
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent | pugi::format_no_declaration);
  return out.str();
}

Result<DomainView> ParseDomain(const std::string& xml) {
  pugi::xml_document document;
  const xml_node domain = document.load_string(xml.c_str()) ? document.child("domain") : xml_node();
  if (!domain) return Error{ErrorKind::kInternal, "libvirt's domain XML cannot be read", {}};
  DomainView view;
  view.uuid = domain.child("uuid").text().get();
  view.name = domain.child("name").text().get();
  view.ours = ReadOwner(domain.child("metadata"), view.owner);
  const xml_node vcpu = domain.child("vcpu");
  view.cpus = std::max(vcpu.attribute("current").as_int(vcpu.text().as_int()), 0);
  xml_node memory = domain.child("currentMemory");
  if (!memory) memory = domain.child("memory");
  view.memory_mib = ToMebibytes(memory);
  const xml_node devices = domain.child("devices");
  for (const xml_node node : devices.children("disk")) view.disks.push_back(ReadDisk(node));
  for (const xml_node node : devices.children("interface")) view.nics.push_back(ReadNic(node));
  const xml_node vnc = devices.find_child_by_attribute("graphics", "type", "vnc");
  view.vnc_port = std::max(vnc.attribute("port").as_int(-1), -1);
  view.vnc_address = vnc.attribute("listen").as_string("127.0.0.1");
  for (const xml_node channel : devices.children("channel")) {
    const xml_node target = channel.child("target");
    if (std::string(target.attribute("name").value()) != "org.qemu.guest_agent.0") continue;
    view.agent_connected = std::string(target.attribute("state").value()) == "connected";
  }
  return view;
}

}  // namespace vr::libvirt
