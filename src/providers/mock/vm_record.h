// What the simulated hypervisor keeps of a VM, and what it shows of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/provider.h"

namespace vr::mock {

// What a revert brings back.
struct SnapshotRecord {
  std::string id;
  std::string name;
  std::string description;
  std::string created;  // RFC 3339
  bool memory = false;
  int32_t cpus = 0;
  int64_t memory_mib = 0;
  std::vector<sdk::DiskState> disks;
  friend bool operator==(const SnapshotRecord&, const SnapshotRecord&) = default;
};

struct VmRecord {
  // NICs carry their addresses even while the guest does not run; no ips, no console_url.
  sdk::VmState vm;
  bool creating = false;  // a task makes it, or was interrupted while it did
  bool deleting = false;  // of this process: not kept in the file
  bool booted = false;    // the guest has come up since it was switched on
  int64_t boots = 0;      // how often it was switched on or reset
  std::vector<SnapshotRecord> snapshots;

  const std::string& id() const { return vm.id; }
  friend bool operator==(const VmRecord&, const VmRecord&) = default;
};

struct ImageRecord {
  std::string id;
  std::string path;
  friend bool operator==(const ImageRecord&, const ImageRecord&) = default;
};

// Addresses and the console are there only while a booted guest runs.
sdk::VmState View(const VmRecord& record);

std::string_view ToString(sdk::PowerState power);
std::optional<sdk::PowerState> ParsePowerState(std::string_view text);

}  // namespace vr::mock
