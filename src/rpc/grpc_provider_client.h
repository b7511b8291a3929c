// A ProviderClient over gRPC.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "rpc/provider_client.h"

namespace vr::rpc {

struct ChannelTls {
  std::string ca_pem;
  std::string cert_pem, key_pem;  // our identity; both empty: none is shown
  std::string server_name;        // expected in the certificate; empty: the host of the target
  friend bool operator==(const ChannelTls&, const ChannelTls&) = default;
};

struct ChannelOptions {
  std::string target;             // "host:port" or "unix:/path"
  std::optional<ChannelTls> tls;  // nothing: plaintext, for unix sockets and tests
};

// Connects when first used and again after each failure; never blocks here. GetCapabilities, the
// first call of a session, waits up to two seconds for a connection; all others fail at once
// without one.
std::unique_ptr<ProviderClient> MakeGrpcProviderClient(const ChannelOptions& options);

}  // namespace vr::rpc
