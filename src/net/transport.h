// A connected byte stream with deadlines: what the HTTP server reads from and writes to.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "net/wake_event.h"

namespace vr::net {

// Used by one thread at a time.
class Transport {
 public:
  virtual ~Transport() = default;
  // Blocks for at least one byte; 0 is the end of the stream. kTimeout at the deadline, kCancelled
  // once the event of the constructor is set, kUnavailable when the connection broke.
  virtual Result<size_t> Read(char* data, size_t size, TimePoint deadline) = 0;
  virtual Status Write(std::string_view data, TimePoint deadline) = 0;
  // Says goodbye and closes the sending direction; Read still works.
  virtual void ShutdownSend(TimePoint deadline) = 0;
  virtual int fd() const = 0;
};

struct TransportEvents {
  const WakeEvent* stop_reading;  // must outlive the transport, as stop_writing
  const WakeEvent* stop_writing;
};

// Owns `fd`, which must be a connected non-blocking socket.
std::unique_ptr<Transport> MakeSocketTransport(int fd, TransportEvents events);

enum class ClientAuth { kNone, kRequest, kRequire };

// PEM texts. A client certificate that client_ca_pem does not vouch for ends the handshake.
struct ServerTls {
  std::string cert_pem;  // followed by intermediate certificates, if any
  std::string key_pem;
  std::string client_ca_pem = {};
  ClientAuth client_auth = ClientAuth::kNone;
};

// The server's side of TLS 1.2 and 1.3. Immutable, shared by all connections.
class ServerTlsContext {
 public:
  virtual ~ServerTlsContext() = default;
  // Shakes hands over `socket`; fills the names of a verified client certificate into `peer`.
  virtual Result<std::unique_ptr<Transport>> Accept(std::unique_ptr<Transport> socket,
                                                    PeerIdentity& peer,
                                                    TimePoint deadline) const = 0;
};

// kInvalidSpec for texts that are not PEM, a key that does not fit, a missing client CA.
Result<std::shared_ptr<const ServerTlsContext>> MakeServerTlsContext(const ServerTls& tls);

}  // namespace vr::net
