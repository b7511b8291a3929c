#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "net/transport.h"

namespace vr::net {
namespace {

Error Broken(const char* what, int error) {
  return Error{ErrorKind::kUnavailable,
               std::string(what) + ": " + std::generic_category().message(error),
               {}};
}

class SocketTransport final : public Transport {
 public:
  SocketTransport(int fd, TransportEvents events) : fd_(fd), events_(events) {}
  ~SocketTransport() override { ::close(fd_); }
  SocketTransport(const SocketTransport&) = delete;
  SocketTransport& operator=(const SocketTransport&) = delete;

  Result<size_t> Read(char* data, size_t size, TimePoint deadline) override {
    for (;;) {
      const ssize_t got = ::recv(fd_, data, size, 0);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return Broken("read", errno);
      VR_RETURN_IF_ERROR(Wait(POLLIN, *events_.stop_reading, deadline));
    }
  }

  Status Write(std::string_view data, TimePoint deadline) override {
    while (!data.empty()) {
      const ssize_t sent = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        data.remove_prefix(static_cast<size_t>(sent));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        VR_RETURN_IF_ERROR(Wait(POLLOUT, *events_.stop_writing, deadline));
      } else if (errno != EINTR) {
        return Broken("write", errno);
      }
    }
    return {};
  }

  void ShutdownSend(TimePoint) override { ::shutdown(fd_, SHUT_WR); }
  int fd() const override { return fd_; }

 private:
  // Until the socket is ready. The event wins over the socket, so a busy peer cannot hold us.
  Status Wait(short what, const WakeEvent& stop, TimePoint deadline) const {
    for (;;) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - SystemClock().Now());
      if (left.count() <= 0) return Error{ErrorKind::kTimeout, "the peer is too slow", {}};
      std::array<pollfd, 2> items{{{fd_, what, 0}, {stop.fd(), POLLIN, 0}}};
      const auto ms = std::min<decltype(left)::rep>(left.count(), 3'600'000);
      const int ready = ::poll(items.data(), items.size(), static_cast<int>(ms));
      if (ready < 0 && errno != EINTR) return Broken("poll", errno);
      if (ready <= 0) continue;
      if (items[1].revents != 0) return Error{ErrorKind::kCancelled, "the server stops", {}};
      return {};
    }
  }

  const int fd_;
  const TransportEvents events_;
};

}  // namespace

std::unique_ptr<Transport> MakeSocketTransport(int fd, TransportEvents events) {
  return std::make_unique<SocketTransport>(fd, events);
}

}  // namespace vr::net
