// From what the manager asks for to what libvirt is told. Pure: no calls, no clock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "providers/libvirt/domain_xml.h"
#include "providers/libvirt/host_traits.h"
#include "providers/libvirt/storage.h"
#include "sdk/provider.h"

namespace vr::libvirt {

struct DataDisk {
  VolumeRef volume;
  std::string format;
  int64_t size_bytes = 0;
};

// All that Create will make, decided before the first call that changes anything.
struct VmPlan {
  DomainSpec domain;
  VolumeRef root;
  bool root_is_overlay = true;  // a qcow2 on top of the cached image; otherwise a full copy
  std::string root_format;
  int64_t root_min_bytes = 0;  // grown to this if the image is smaller
  std::vector<DataDisk> data_disks;
  VolumeRef seed;
  std::string seed_image;  // the bytes of the NoCloud ISO
};

// kInvalidSpec or kNotSupported, naming the field, for what this provider cannot honour.
Status CheckVmSpec(const sdk::VmSpec& spec);

// `uuid` is the domain's. The spec has passed CheckVmSpec.
Result<VmPlan> MakeVmPlan(const sdk::VmSpec& spec, const std::string& uuid, const PoolInfo& pool,
                          const HostTraits& host);

}  // namespace vr::libvirt
