#include "providers/mock/power.h"

#include <string_view>

namespace vr::mock {
namespace {

using sdk::PowerState;

Status MustRun(const VmRecord& record, std::string_view what) {
  if (record.vm.power == PowerState::kOn || record.vm.power == PowerState::kSuspended) return {};
  return Error{ErrorKind::kConflict,
               std::string(what) + " VM " + record.vm.name + ": it is switched off",
               {}};
}

void Begin(VmRecord& record, Boot boot) {
  record.vm.power = PowerState::kOn;
  record.booted = boot == Boot::kAtOnce;
  ++record.boots;
}

}  // namespace

Status ApplyPower(VmRecord& record, sdk::PowerOp op, Boot boot) {
  PowerState& power = record.vm.power;
  switch (op) {
    case sdk::PowerOp::kOn:
      if (power == PowerState::kSuspended) {
        power = PowerState::kOn;
      } else if (power != PowerState::kOn) {
        Begin(record, boot);
      }
      return {};
    case sdk::PowerOp::kOff:
    case sdk::PowerOp::kShutdownGraceful:
      power = PowerState::kOff;
      record.booted = false;
      return {};
    case sdk::PowerOp::kReboot:
    case sdk::PowerOp::kReset:
      VR_RETURN_IF_ERROR(MustRun(record, "restart"));
      Begin(record, boot);
      return {};
    case sdk::PowerOp::kSuspend:
      VR_RETURN_IF_ERROR(MustRun(record, "suspend"));
      power = PowerState::kSuspended;
      return {};
    case sdk::PowerOp::kResume:
      VR_RETURN_IF_ERROR(MustRun(record, "resume"));
      power = PowerState::kOn;
      return {};
  }
  return Error{ErrorKind::kInvalidSpec, "unknown power operation", {}};
}

Status CheckOwner(const VmRecord& record, const std::string& owner_uid) {
  const std::string& owner = record.vm.owner_uid;
  if (owner_uid.empty() || owner == owner_uid) return {};
  return Error{ErrorKind::kConflict,
               "VM " + record.vm.name +
                   (owner.empty() ? " was not made by VirtRigaud: it is left alone"
                                  : " belongs to another owner (" + owner + ")"),
               {}};
}

}  // namespace vr::mock
