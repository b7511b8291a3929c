// One connection of the HTTP server: reads requests, runs the handler, writes answers.
#pragma once

#include <memory>

#include "net/hangup_monitor.h"
#include "net/http.h"
#include "net/transport.h"

namespace vr::net {

struct HttpLimits {
  size_t max_body = size_t{4} << 20;
  size_t max_header = size_t{64} << 10;
  Duration idle_timeout = std::chrono::seconds(90);    // between requests
  Duration header_timeout = std::chrono::seconds(15);  // TLS handshake; first byte to end of head
  Duration body_timeout = std::chrono::minutes(1);
  Duration write_timeout = std::chrono::seconds(30);  // of one Send or Write
};

// What a connection shares with its server, which outlives it.
struct ConnectionDeps {
  const HttpHandler& handler;
  const HttpLimits& limits;
  HangupMonitor& monitor;
  std::stop_token stop_streams;   // ends handlers that have called Start
  std::stop_token stop_requests;  // ends every handler
};

// Serves until the peer leaves, an error or a stop. Runs on the calling thread.
void ServeConnection(Transport& transport, const PeerIdentity& peer, const ConnectionDeps& deps);

// Answers the first request with 503 and leaves.
void RefuseConnection(Transport& transport, const ConnectionDeps& deps);

}  // namespace vr::net
