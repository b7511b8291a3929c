#include "net/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace vr::net {
namespace {

std::string Render(const sockaddr_storage& address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(),
                port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  const std::string name = host.data();
  const bool v6 = name.find(':') != std::string::npos;
  return (v6 ? "[" + name + "]" : name) + ":" + port.data();
}

struct AddrInfoDeleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddrInfo = std::unique_ptr<addrinfo, AddrInfoDeleter>;

Result<AddrInfo> Resolve(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) {
    return Error{ErrorKind::kInvalidSpec, "'" + address + "' is not host:port", {}};
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                 address.substr(colon + 1).c_str(), &hints, &found);
  if (code != 0) {
    return Error{
        ErrorKind::kInvalidSpec, "listen on '" + address + "': " + ::gai_strerror(code), {}};
  }
  return AddrInfo(found);
}

// A listening socket, or -1 with errno set.
int ListenOn(const addrinfo& candidate) {
  const int fd = ::socket(candidate.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int on = 1;
  const int off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (candidate.ai_family == AF_INET6) {
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(fd, candidate.ai_addr, candidate.ai_addrlen) == 0 && ::listen(fd, SOMAXCONN) == 0) {
    return fd;
  }
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

}  // namespace

Result<Listener> Listener::Open(const std::string& address) {
  VR_ASSIGN_OR_RETURN(const AddrInfo list, Resolve(address));
  std::vector<const addrinfo*> candidates;
  for (const addrinfo* item = list.get(); item != nullptr; item = item->ai_next) {
    candidates.push_back(item);
  }
  if (address.front() == ':') {  // an IPv6 socket takes IPv4 connections as well
    std::stable_partition(candidates.begin(), candidates.end(),
                          [](const addrinfo* item) { return item->ai_family == AF_INET6; });
  }
  int error = 0;
  for (const addrinfo* candidate : candidates) {
    const int fd = ListenOn(*candidate);
    if (fd < 0) {
      error = errno;
      continue;
    }
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
    return Listener(fd, Render(bound, size));
  }
  return Error{ErrorKind::kUnavailable,
               "listen on '" + address + "': " + std::generic_category().message(error),
               {}};
}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), address_(std::move(other.address_)) {}

Listener::~Listener() { Close(); }

void Listener::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::optional<Accepted> Listener::Accept(const WakeEvent& stop) const {
  for (;;) {
    std::array<pollfd, 2> items{{{fd_, POLLIN, 0}, {stop.fd(), POLLIN, 0}}};
    ::poll(items.data(), items.size(), -1);
    if (items[1].revents != 0) return std::nullopt;
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd =
        ::accept4(fd_, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
      return Accepted{fd, Render(address, size)};
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The connection stays in the backlog: wait for others to end instead of spinning.
      pollfd item{stop.fd(), POLLIN, 0};
      ::poll(&item, 1, 100);
    }
  }
}

}  // namespace vr::net
