// Our mark on a domain: whose it is, and which volumes we made for it.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <vector>

namespace vr::libvirt {

inline constexpr char kOwnerPrefix[] = "virtrigaud";
inline constexpr char kOwnerNamespace[] = "https://virtrigaud.io/libvirt/1";

struct VolumeRef {
  std::string pool;
  std::string name;
  friend bool operator==(const VolumeRef&, const VolumeRef&) = default;
};

// Kept in the domain's <metadata>. `volumes` is complete before the first of them is made, so that
// nothing is lost track of when we are killed in between.
struct Owner {
  std::string uid;        // of the VirtualMachine object; empty if the manager gave none
  std::string key;        // "namespace/name", for people
  bool creating = false;  // not all of it has been made yet
  std::vector<VolumeRef> volumes;
  friend bool operator==(const Owner&, const Owner&) = default;
};

void AppendOwner(pugi::xml_node metadata, const Owner& owner);
// Without the namespace: virDomainSetMetadata takes that apart and adds it.
std::string OwnerXml(const Owner& owner);

// True if the <metadata> node holds our element; then `owner` is what it says.
bool ReadOwner(pugi::xml_node metadata, Owner& owner);

// The UUID of the domain of an owner: always the same, so libvirt itself refuses a second VM for
// one owner.
std::string DomainUuidFor(const std::string& owner_uid);

// A MAC address for an interface of an owner's VM: always the same, locally administered.
std::string MacAddressFor(const std::string& owner_uid, size_t index);

// A short stable hash for names: 12 hexadecimal digits.
std::string ShortHash(const std::string& text);

}  // namespace vr::libvirt
