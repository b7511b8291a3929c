#include "providers/libvirt/owner.h"

#include <openssl/evp.h>

#include <array>
#include <sstream>
#include <string_view>
#include <utility>

namespace vr::libvirt {
namespace {

std::string Sha256Hex(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += kDigits[digest[i] >> 4U];
    hex += kDigits[digest[i] & 15U];
  }
  return hex;
}

void Fill(pugi::xml_node node, const Owner& owner) {
  node.append_attribute("uid") = owner.uid.c_str();
  node.append_attribute("key") = owner.key.c_str();
  if (owner.creating) node.append_attribute("state") = "creating";
  for (const VolumeRef& volume : owner.volumes) {
    pugi::xml_node child = node.append_child("volume");
    child.append_attribute("pool") = volume.pool.c_str();
    child.append_attribute("name") = volume.name.c_str();
  }
}

// libvirt keeps the prefix as written, but another client may have chosen another one.
bool IsOurs(pugi::xml_node node) {
  const std::string name = node.name();
  const size_t colon = name.find(':');
  const std::string declaration =
      colon == std::string::npos ? "xmlns" : "xmlns:" + name.substr(0, colon);
  const std::string local = colon == std::string::npos ? name : name.substr(colon + 1);
  return local == "owner" && std::string_view(node.attribute(declaration.c_str()).value()) ==
                                 std::string_view(kOwnerNamespace);
}

}  // namespace

void AppendOwner(pugi::xml_node metadata, const Owner& owner) {
  const std::string prefix = kOwnerPrefix;
  pugi::xml_node node = metadata.append_child((prefix + ":owner").c_str());
  node.append_attribute(("xmlns:" + prefix).c_str()) = kOwnerNamespace;
  Fill(node, owner);
}

std::string OwnerXml(const Owner& owner) {
  pugi::xml_document document;
  Fill(document.append_child("owner"), owner);
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

bool ReadOwner(pugi::xml_node metadata, Owner& owner) {
  for (const pugi::xml_node node : metadata.children()) {
    if (!IsOurs(node)) continue;
    owner = {};
    owner.uid = node.attribute("uid").value();
    owner.key = node.attribute("key").value();
    owner.creating = std::string_view(node.attribute("state").value()) == "creating";
    for (const pugi::xml_node child : node.children()) {
      VolumeRef volume{child.attribute("pool").value(), child.attribute("name").value()};
      if (!volume.pool.empty() && !volume.name.empty()) owner.volumes.push_back(std::move(volume));
    }
    return true;
  }
  return false;
}

std::string DomainUuidFor(const std::string& owner_uid) {
  std::string hex = Sha256Hex("virtrigaud domain " + owner_uid).substr(0, 32);
  hex[12] = '8';                                       // version 8: made by a rule of our own
  hex[16] = "89ab"[static_cast<size_t>(hex[16]) % 4];  // the variant of RFC 9562
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

std::string MacAddressFor(const std::string& owner_uid, size_t index) {
  const std::string hex = Sha256Hex("virtrigaud nic " + std::to_string(index) + " " + owner_uid);
  return "52:54:00:" + hex.substr(0, 2) + ":" + hex.substr(2, 2) + ":" + hex.substr(4, 2);
}

std::string ShortHash(const std::string& text) { return Sha256Hex(text).substr(0, 12); }

}  // namespace vr::libvirt
