// The CustomResourceDefinitions of our kinds: built in, and there for tools to read and watch.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "controlplane/storage.h"

namespace vr::controlplane {

// Stores those that are missing or say something else than this program does.
Status StoreDefinitions(Storage& storage, const Clock& clock);

}  // namespace vr::controlplane
