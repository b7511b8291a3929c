#include "providers/mock/vm_record.h"

namespace vr::mock {

std::string_view ToString(sdk::PowerState power) {
  switch (power) {
    case sdk::PowerState::kUnknown:
      return "Unknown";
    case sdk::PowerState::kOn:
      return "On";
    case sdk::PowerState::kOff:
      return "Off";
    case sdk::PowerState::kSuspended:
      return "Suspended";
  }
  return "Unknown";
}

std::optional<sdk::PowerState> ParsePowerState(std::string_view text) {
  for (const auto power : {sdk::PowerState::kUnknown, sdk::PowerState::kOn, sdk::PowerState::kOff,
                           sdk::PowerState::kSuspended}) {
    if (ToString(power) == text) return power;
  }
  return std::nullopt;
}

sdk::VmState View(const VmRecord& record) {
  sdk::VmState vm = record.vm;
  const bool up = vm.power == sdk::PowerState::kOn && record.booted;
  for (sdk::NicState& nic : vm.nics) {
    if (up) {
      vm.ips.insert(vm.ips.end(), nic.ips.begin(), nic.ips.end());
    } else {
      nic.ips.clear();
    }
  }
  if (up) vm.console_url = "vnc://" + vm.host + "/" + vm.id;
  if (record.creating) vm.raw["creating"] = "true";
  if (!record.snapshots.empty()) vm.raw["snapshots"] = std::to_string(record.snapshots.size());
  return vm;
}

}  // namespace vr::mock
