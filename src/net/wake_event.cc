#include "net/wake_event.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace vr::net {

WakeEvent::WakeEvent() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
WakeEvent::~WakeEvent() { ::close(fd_); }

void WakeEvent::Set() {
  const uint64_t one = 1;
  // Fails only when the counter is full: then it is set anyway.
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

bool WakeEvent::is_set() const {
  pollfd item{fd_, POLLIN, 0};
  return ::poll(&item, 1, 0) == 1;
}

}  // namespace vr::net
