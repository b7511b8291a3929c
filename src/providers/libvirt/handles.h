// Owners for libvirt's reference-counted objects and malloc'ed strings.
#pragma once

#include <libvirt/libvirt.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace vr::libvirt {

template <auto Free>
struct Release {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using ConnectHandle = std::unique_ptr<virConnect, Release<virConnectClose>>;
using DomainHandle = std::unique_ptr<virDomain, Release<virDomainFree>>;
using PoolHandle = std::unique_ptr<virStoragePool, Release<virStoragePoolFree>>;
using VolumeHandle = std::unique_ptr<virStorageVol, Release<virStorageVolFree>>;
using StreamHandle = std::unique_ptr<virStream, Release<virStreamFree>>;
using NetworkHandle = std::unique_ptr<virNetwork, Release<virNetworkFree>>;
using CString = std::unique_ptr<char, Release<std::free>>;

}  // namespace vr::libvirt
