#include "base/version.h"

namespace vr {

std::string_view ProjectVersion() { return VR_VERSION; }

}  // namespace vr
