// The operations that the simulated hypervisor can be told to delay and to fail.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace vr::mock {

enum class Operation {
  kValidate,
  kCreate,
  kDelete,
  kPower,
  kReconfigure,
  kDescribe,
  kList,
  kTaskStatus,  // stands for the tasks of all operations: TaskStatus tells that they failed
  kSnapshotCreate,
  kSnapshotDelete,
  kSnapshotRevert,
  kClone,
  kImagePrepare,
};

const std::vector<Operation>& AllOperations();

// The spelling of MOCK_FAILURE_MODE, for example "snapshot_create".
std::string_view ToString(Operation operation);
std::optional<Operation> ParseOperation(std::string_view text);

// How long its task works before anything shows; zero for what is answered at once.
Duration TaskDelay(Operation operation);

}  // namespace vr::mock
