// Notices peers that go away while their request is being worked on.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>

#include "net/wake_event.h"

namespace vr::net {

// Thread-safe; one thread of its own for all sockets.
class HangupMonitor {
 public:
  HangupMonitor();
  ~HangupMonitor();
  HangupMonitor(const HangupMonitor&) = delete;
  HangupMonitor& operator=(const HangupMonitor&) = delete;

  // While it lives, `source` is stopped when the peer of `fd` closes its sending side or resets.
  class Watch {
   public:
    Watch(HangupMonitor& monitor, int fd, std::stop_source source);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    HangupMonitor& monitor_;
    const int fd_;
    const uint64_t id_;
  };

 private:
  uint64_t Add(int fd, std::stop_source source);
  void Remove(int fd, uint64_t id);
  void Loop();

  const int epoll_;
  WakeEvent stop_;
  std::mutex mutex_;
  std::map<uint64_t, std::stop_source> watched_;  // guarded by mutex_, as next_
  uint64_t next_ = 1;
  std::jthread thread_;  // last: it uses all above
};

}  // namespace vr::net
