// libvirt's errors in our vocabulary.
#pragma once

#include <libvirt/virterror.h>

#include <string_view>

#include "base/error.h"

namespace vr::libvirt {

ErrorKind KindOf(const virError& error);

// The error of the last libvirt call on this thread, with "what: " in front of libvirt's message.
Error LastError(std::string_view what);

}  // namespace vr::libvirt
