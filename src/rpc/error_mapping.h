// Errors from and to gRPC: one table, with our kind and retry hint as a status detail.
#pragma once

#include <grpcpp/support/status.h>

#include <string_view>

#include "base/result.h"

namespace vr::rpc {

grpc::StatusCode CodeOf(ErrorKind kind);
// What a code means when the other side gave no detail.
ErrorKind KindOf(grpc::StatusCode code);

grpc::Status ToGrpc(const Status& status);
// ok for ok. `what` goes in front of the message. Never kRateLimit, which is what bounds of our own
// answer before anything is sent (ResilientClient): a provider that has no room, or is asked too
// often, is kQuotaExceeded.
Status FromGrpc(const grpc::Status& status, std::string_view what);

}  // namespace vr::rpc
