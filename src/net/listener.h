// A listening TCP socket.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "net/wake_event.h"

namespace vr::net {

struct Accepted {
  int fd;  // non-blocking; the receiver owns it
  std::string peer;
};

// Used by one thread at a time.
class Listener {
 public:
  // "host:port", "[v6]:port" or ":port".
  static Result<Listener> Open(const std::string& address);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  const std::string& address() const { return address_; }
  // Connections that nobody has accepted are reset.
  void Close();
  // Waits for a connection; nothing once `stop` is set.
  std::optional<Accepted> Accept(const WakeEvent& stop) const;

 private:
  Listener(int fd, std::string address) : fd_(fd), address_(std::move(address)) {}
  int fd_;
  std::string address_;
};

}  // namespace vr::net
