#include "net/hangup_monitor.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace vr::net {

HangupMonitor::Watch::Watch(HangupMonitor& monitor, int fd, std::stop_source source)
    : monitor_(monitor), fd_(fd), id_(monitor.Add(fd, std::move(source))) {}

HangupMonitor::Watch::~Watch() { monitor_.Remove(fd_, id_); }

HangupMonitor::HangupMonitor() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = 0;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_.fd(), &event);
  thread_ = std::jthread([this] { Loop(); });
  ::pthread_setname_np(thread_.native_handle(), "http-hangup");
}

HangupMonitor::~HangupMonitor() {
  stop_.Set();
  thread_.join();
  ::close(epoll_);
}

uint64_t HangupMonitor::Add(int fd, std::stop_source source) {
  const std::lock_guard lock(mutex_);
  const uint64_t id = next_++;
  watched_.emplace(id, std::move(source));
  epoll_event event{};
  event.events = EPOLLRDHUP | EPOLLONESHOT;  // and always EPOLLHUP and EPOLLERR
  event.data.u64 = id;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  return id;
}

void HangupMonitor::Remove(int fd, uint64_t id) {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  const std::lock_guard lock(mutex_);
  watched_.erase(id);
}

void HangupMonitor::Loop() {
  std::array<epoll_event, 32> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const uint64_t id = events[static_cast<size_t>(i)].data.u64;
      if (id == 0) return;
      std::stop_source source(std::nostopstate);
      {
        const std::lock_guard lock(mutex_);
        if (const auto it = watched_.find(id); it != watched_.end()) source = it->second;
      }
      source.request_stop();  // runs callbacks: outside the lock
    }
  }
}

}  // namespace vr::net
