// What the libvirt provider reads of others: the head of an image from the network, and domain XML
// that anybody on the host may have written.
#include <cstdint>
#include <cstdlib>
#include <pugixml.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "providers/libvirt/domain_xml.h"
#include "providers/libvirt/image_header.h"
#include "providers/libvirt/owner.h"

namespace {

using vr::libvirt::DomainView;
using vr::libvirt::Owner;

std::string Qcow2(const std::string& version, const std::string& size) {
  return "QFI\xfb" + version + std::string(16, '\0') + size + std::string(48, '\0') + "head ends";
}

std::string Domain(const std::string& inner) {
  return "<domain type='kvm'><name>web</name><uuid>451c2e25-9ca6-841c-af7a-cf14aa942f9e</uuid>"
         "<metadata><virtrigaud:owner xmlns:virtrigaud='https://virtrigaud.io/libvirt/1' uid='u' "
         "key='default/web' state='creating'><volume pool='p' name='root'/></virtrigaud:owner>"
         "</metadata><memory unit='GiB'>4</memory><vcpu current='2'>8</vcpu><devices>" +
         inner + "</devices></domain>";
}

void ReadHeader(std::string_view head) {
  for (const char* declared : {"", "raw", "qcow2", "vmdk"}) {
    const auto header = vr::libvirt::ReadImageHeader(head, declared);
    if (!header) continue;
    if (header->virtual_size < 0) std::abort();
    if (header->format != "raw" && header->format != "qcow2") std::abort();
    if (header->format == "raw" && head.starts_with("QFI\xfb")) std::abort();
    if (*declared != '\0' && header->format != declared) std::abort();
  }
}

// The mark decides what is deleted: it must be read back as it was written.
void ReadMarkBack(const Owner& owner) {
  for (const auto& volume : owner.volumes) {
    if (volume.pool.empty() || volume.name.empty()) std::abort();
  }
  pugi::xml_document document;
  vr::libvirt::AppendOwner(document.append_child("metadata"), owner);
  std::ostringstream text;
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration);
  pugi::xml_document again;
  Owner read;
  if (!again.load_string(text.str().c_str())) std::abort();
  if (!vr::libvirt::ReadOwner(again.child("metadata"), read) || !(read == owner)) std::abort();
}

}  // namespace

extern const std::vector<std::string> kSeedInputs;
const std::vector<std::string> kSeedInputs = {
    Qcow2(std::string("\0\0\0\3", 4), std::string("\0\0\0\0\x40\0\0\0", 8)),
    Qcow2(std::string("\0\0\0\2", 4), std::string("\xff\0\0\0\0\0\0\0", 8)),
    "KDMV" + std::string(508, '\0'),
    std::string(512, '\0'),
    Domain("<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='p' "
           "volume='root'/><target dev='vda' bus='virtio'/></disk><graphics type='vnc' "
           "port='5900' listen='127.0.0.1'/>"),
    Domain("<interface type='network'><mac address='52:54:00:00:00:01'/><source network='n'/>"
           "</interface><channel type='unix'><target type='virtio' "
           "name='org.qemu.guest_agent.0' state='connected'/></channel>")};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ReadHeader(text);
  const auto view = vr::libvirt::ParseDomain(text);
  if (!view) return 0;
  if (view->memory_mib < 0 || view->cpus < 0 || view->vnc_port < -1) std::abort();
  if (view->ours) ReadMarkBack(view->owner);
  return 0;
}
