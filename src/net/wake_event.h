// A flag that poll() can wait for.
#pragma once

namespace vr::net {

// Thread-safe. Stays set until destroyed; every poll() for POLLIN on fd() sees it.
class WakeEvent {
 public:
  WakeEvent();
  ~WakeEvent();
  WakeEvent(const WakeEvent&) = delete;
  WakeEvent& operator=(const WakeEvent&) = delete;

  void Set();
  bool is_set() const;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace vr::net
