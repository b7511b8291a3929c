#include "providers/mock/operation.h"

namespace vr::mock {

const std::vector<Operation>& AllOperations() {
  static const std::vector<Operation> kAll = {
      Operation::kValidate,       Operation::kCreate,         Operation::kDelete,
      Operation::kPower,          Operation::kReconfigure,    Operation::kDescribe,
      Operation::kList,           Operation::kTaskStatus,     Operation::kSnapshotCreate,
      Operation::kSnapshotDelete, Operation::kSnapshotRevert, Operation::kClone,
      Operation::kImagePrepare};
  return kAll;
}

std::string_view ToString(Operation operation) {
  switch (operation) {
    case Operation::kValidate:
      return "validate";
    case Operation::kCreate:
      return "create";
    case Operation::kDelete:
      return "delete";
    case Operation::kPower:
      return "power";
    case Operation::kReconfigure:
      return "reconfigure";
    case Operation::kDescribe:
      return "describe";
    case Operation::kList:
      return "list";
    case Operation::kTaskStatus:
      return "task_status";
    case Operation::kSnapshotCreate:
      return "snapshot_create";
    case Operation::kSnapshotDelete:
      return "snapshot_delete";
    case Operation::kSnapshotRevert:
      return "snapshot_revert";
    case Operation::kClone:
      return "clone";
    case Operation::kImagePrepare:
      return "image_prepare";
  }
  return "unknown";
}

std::optional<Operation> ParseOperation(std::string_view text) {
  for (const Operation operation : AllOperations()) {
    if (ToString(operation) == text) return operation;
  }
  return std::nullopt;
}

Duration TaskDelay(Operation operation) {
  switch (operation) {
    case Operation::kCreate:
      return std::chrono::seconds(2);
    case Operation::kDelete:
    case Operation::kPower:
      return std::chrono::seconds(1);
    case Operation::kReconfigure:
      return std::chrono::seconds(3);
    case Operation::kSnapshotCreate:
      return std::chrono::seconds(5);
    case Operation::kSnapshotDelete:
      return std::chrono::seconds(2);
    case Operation::kSnapshotRevert:
      return std::chrono::seconds(4);
    case Operation::kClone:
      return std::chrono::seconds(10);
    case Operation::kImagePrepare:
      return std::chrono::seconds(15);
    case Operation::kValidate:
    case Operation::kDescribe:
    case Operation::kList:
    case Operation::kTaskStatus:
      return Duration::zero();
  }
  return Duration::zero();
}

}  // namespace vr::mock
