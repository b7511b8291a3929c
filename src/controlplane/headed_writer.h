// HeadedWriter: the headers that every answer has.
#pragma once

#include <string>

#include "base/clock.h"
#include "net/http.h"

namespace vr::controlplane {

// Passes an answer on, with the date and with what the audit log calls the request.
class HeadedWriter final : public net::ResponseWriter {
 public:
  HeadedWriter(net::ResponseWriter& out, const std::string& audit_id, const Clock& clock)
      : out_(out), audit_id_(audit_id), clock_(clock) {}

  Status Send(net::HttpResponse response) override;
  Status Start(int status, net::Headers headers) override;
  Status Write(std::string_view chunk) override { return out_.Write(chunk); }

 private:
  void AddTo(net::Headers& headers) const;

  net::ResponseWriter& out_;
  const std::string& audit_id_;
  const Clock& clock_;
};

}  // namespace vr::controlplane
