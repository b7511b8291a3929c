// The HttpClient over a network.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "net/http.h"

namespace vr::net {

// How a client proves the server's identity and its own. PEM throughout; of each pair of ..._file
// and ..._data the data wins. Files are read again for every new connection.
struct ClientTlsOptions {
  std::string ca_file = {};  // empty (and no ca_data): the machine's certificate authorities
  std::string ca_data = {};
  std::string cert_file = {};
  std::string cert_data = {};
  std::string key_file = {};
  std::string key_data = {};
  bool insecure_skip_verify = false;
  // The name that the server's certificate must have, and that SNI asks for; empty: the URL's host.
  std::string server_name = {};
};

struct ClientOptions {
  Duration connect_timeout = std::chrono::seconds(10);
  size_t max_idle_sessions = 32;  // each keeps its connections open for the next call
  size_t max_response_bytes = size_t{256} << 20;  // of a collected body; more is kUnavailable
  // "http://host:port", also https and socks5; empty connects directly.
  std::string proxy = {};
};

// Thread-safe. A call blocks its thread in poll(); a stop of its context wakes it at once.
// kInvalidSpec for a certificate without a key and for files that cannot be read. Redirects are
// answers, not followed.
Result<std::shared_ptr<HttpClient>> MakeCurlHttpClient(const ClientTlsOptions& tls);
Result<std::shared_ptr<HttpClient>> MakeCurlHttpClient(const ClientTlsOptions& tls,
                                                       const ClientOptions& options);

}  // namespace vr::net
