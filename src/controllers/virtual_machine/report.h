// What a pass tells the user: phase, conditions and the observed state, in the object's status.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "controllers/virtual_machine/pass.h"

namespace vr::controllers {

// The documented reason of a condition for an error.
const char* ReasonFor(ErrorKind kind);

// Fills pass.after.status from what was observed, decided, and came of it.
void Report(VmPass& pass, const Status& outcome, WallTime now);

}  // namespace vr::controllers
