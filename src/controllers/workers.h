// How the workers of VirtualMachines are shared, so that hung providers do not stall the others.
#pragma once

#include <algorithm>

#include "runtime/controller.h"

namespace vr::controllers {

// So many providers may hang at once, each with a worker in every call slot that it has, before
// the VMs of another one wait for a call's deadline.
inline constexpr int kHungProviders = 8;

// Calls of one provider at a time: so few that two stuck ones leave workers to the others, for the
// moment until spares stand in. No free slot means back to the queue.
inline int CallSlots(int workers) { return std::max(1, workers * 2 / 5); }

inline runtime::ControllerOptions VmWorkers(int workers) {
  return {
      .name = "VirtualMachine", .workers = workers, .spares = kHungProviders * CallSlots(workers)};
}

}  // namespace vr::controllers
