// The thread that drives libvirt's event loop: keepalive, streams and event callbacks.
#pragma once

#include <atomic>
#include <thread>

namespace vr::libvirt {

// One per process, made before the first connection is opened and destroyed after the last. From
// then on the process ignores SIGPIPE.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

 private:
  void Run();

  std::atomic<bool> stopping_ = false;
  int wake_up_ = -1;  // libvirt timer that ends the wait of the loop
  std::thread thread_;
};

}  // namespace vr::libvirt
