#include "controlplane/headed_writer.h"

#include "base/timestamp.h"

namespace vr::controlplane {

void HeadedWriter::AddTo(net::Headers& headers) const {
  headers.emplace("Audit-Id", audit_id_);
  headers.emplace("Date", FormatHttpDate(clock_.WallNow()));
}

Status HeadedWriter::Send(net::HttpResponse response) {
  AddTo(response.headers);
  return out_.Send(std::move(response));
}

Status HeadedWriter::Start(int status, net::Headers headers) {
  AddTo(headers);
  return out_.Start(status, std::move(headers));
}

}  // namespace vr::controlplane
