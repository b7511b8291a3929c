// The audit log: who changed what, and who was refused, as events of audit.k8s.io/v1 at the level
// Metadata: no bodies, no credentials.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "controlplane/access.h"
#include "net/http.h"

namespace vr::controlplane {

// Takes one event as one line of JSON; thread-safe.
using AuditSink = std::function<void(std::string_view line)>;

// What names a request in the audit log and in its answer: the client's own Audit-ID, cut off after
// 64 bytes, or a new one.
std::string AuditIdOf(const net::HttpRequest& request);

// Passes an answer on and remembers its code.
class CodeRecorder final : public net::ResponseWriter {
 public:
  explicit CodeRecorder(net::ResponseWriter& out) : out_(out) {}
  vr::Status Send(net::HttpResponse response) override;
  vr::Status Start(int status, net::Headers headers) override;
  vr::Status Write(std::string_view chunk) override { return out_.Write(chunk); }
  int code() const { return code_; }

 private:
  net::ResponseWriter& out_;
  int code_ = 0;
};

struct AuditedRequest {
  const std::string& id;
  const net::PeerIdentity& peer;
  const net::HttpRequest& request;
  const Requester& requester;
  const Attributes& attributes;
  WallTime received;
  WallTime answered;
  int code = 0;
};

// Reads that were answered, and what the machinery writes all the time (leases, events, status),
// are left out.
bool IsAudited(const Attributes& attributes, int code);

// One line, without a line break.
std::string AuditEvent(const AuditedRequest& audited);

}  // namespace vr::controlplane
