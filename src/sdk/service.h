// ProviderService: the gRPC service in front of a Provider.
#pragma once

#include <grpcpp/server_context.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "provider/v1/provider.grpc.pb.h"
#include "sdk/provider.h"
#include "sdk/task_runner.h"
#include "sdk/watch_hub.h"

namespace vr::sdk {

// Thread-safe: gRPC calls it from its pool. A call whose client went away has its context stopped
// within a second by a thread of this class.
class ProviderService final : public provider::v1::Provider::Service {
 public:
  struct Deps {
    Provider& provider;
    TaskRunner& tasks;
    WatchHub& hub;
  };
  ProviderService(const Deps& deps, std::vector<std::string> allowed_sans);
  ~ProviderService() override;

  // Ends the watches and refuses new calls (kUnavailable); those under way go on.
  void Drain();
  // Until no call is under way, or until `deadline`.
  void WaitIdle(TimePoint deadline);

  grpc::Status Validate(grpc::ServerContext* call, const provider::v1::ValidateRequest* in,
                        provider::v1::ValidateResponse* out) override;
  grpc::Status Create(grpc::ServerContext* call, const provider::v1::CreateRequest* in,
                      provider::v1::CreateResponse* out) override;
  grpc::Status Delete(grpc::ServerContext* call, const provider::v1::DeleteRequest* in,
                      provider::v1::TaskResponse* out) override;
  grpc::Status Power(grpc::ServerContext* call, const provider::v1::PowerRequest* in,
                     provider::v1::TaskResponse* out) override;
  grpc::Status Reconfigure(grpc::ServerContext* call, const provider::v1::ReconfigureRequest* in,
                           provider::v1::TaskResponse* out) override;
  grpc::Status Describe(grpc::ServerContext* call, const provider::v1::DescribeRequest* in,
                        provider::v1::DescribeResponse* out) override;
  grpc::Status TaskStatus(grpc::ServerContext* call, const provider::v1::TaskStatusRequest* in,
                          provider::v1::TaskStatusResponse* out) override;
  grpc::Status SnapshotCreate(grpc::ServerContext* call,
                              const provider::v1::SnapshotCreateRequest* in,
                              provider::v1::SnapshotCreateResponse* out) override;
  grpc::Status SnapshotDelete(grpc::ServerContext* call,
                              const provider::v1::SnapshotDeleteRequest* in,
                              provider::v1::TaskResponse* out) override;
  grpc::Status SnapshotRevert(grpc::ServerContext* call,
                              const provider::v1::SnapshotRevertRequest* in,
                              provider::v1::TaskResponse* out) override;
  grpc::Status Clone(grpc::ServerContext* call, const provider::v1::CloneRequest* in,
                     provider::v1::CloneResponse* out) override;
  grpc::Status ImagePrepare(grpc::ServerContext* call, const provider::v1::ImagePrepareRequest* in,
                            provider::v1::ImagePrepareResponse* out) override;
  grpc::Status GetCapabilities(grpc::ServerContext* call,
                               const provider::v1::GetCapabilitiesRequest* in,
                               provider::v1::GetCapabilitiesResponse* out) override;
  grpc::Status ListVMs(grpc::ServerContext* call, const provider::v1::ListVMsRequest* in,
                       provider::v1::ListVMsResponse* out) override;
  grpc::Status Watch(grpc::ServerContext* call, const provider::v1::WatchRequest* in,
                     grpc::ServerWriter<provider::v1::WatchEvent>* out) override;
  grpc::Status CancelTask(grpc::ServerContext* call, const provider::v1::CancelTaskRequest* in,
                          provider::v1::Empty* out) override;

 private:
  class Active;
  Status CheckPeer(const grpc::ServerContext& call) const;
  // Runs `handle(ctx) -> Status` for an admitted peer, with the call's deadline; what it throws is
  // kInternal.
  template <class Function>
  grpc::Status Handle(grpc::ServerContext* call, Function handle);
  void ReapLoop(const std::stop_token& stop);

  const Deps deps_;
  const std::vector<std::string> allowed_sans_;
  std::mutex mutex_;  // guards active_
  std::condition_variable_any changed_;
  std::set<Active*> active_;
  std::stop_source draining_;
  std::jthread reaper_;  // last: it uses all above
};

}  // namespace vr::sdk
