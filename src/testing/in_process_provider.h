// InProcessProvider: a ProviderClient without a wire.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/provider_client.h"
#include "sdk/provider.h"
#include "sdk/task_runner.h"
#include "sdk/watch_hub.h"

namespace vr::testing {

// Thread-safe. Calls the provider on the calling thread and answers as a gRPC client of a server
// with this provider would (provider_contract_test.cc runs against both). Publishes the progress of
// tasks to the hub, as the server does. What it is given must outlive it, but for the task runner,
// which may end first.
class InProcessProvider : public rpc::ProviderClient {
 public:
  struct Deps {
    sdk::Provider& provider;
    sdk::TaskRunner& tasks;
    sdk::WatchHub& hub;
  };
  explicit InProcessProvider(const Deps& deps);

  // Waits for the end of every task that was started through this client; false after ten real
  // seconds.
  [[nodiscard]] bool WaitForTasks() const;
  // How often a method was called, for example "Describe".
  size_t Calls(std::string_view method) const;

  Result<rpc::ValidateResult> Validate(const Context& ctx) override;
  Result<rpc::Capabilities> GetCapabilities(const Context& ctx) override;
  Result<rpc::CreateResult> Create(const Context& ctx, const rpc::CreateRequest& request) override;
  Result<rpc::TaskRef> Delete(const Context& ctx, const rpc::DeleteRequest& request) override;
  Result<rpc::TaskRef> Power(const Context& ctx, const rpc::PowerRequest& request) override;
  Result<rpc::TaskRef> Reconfigure(const Context& ctx,
                                   const rpc::ReconfigureRequest& request) override;
  Result<rpc::DescribeResult> Describe(const Context& ctx, const std::string& id) override;
  Result<std::vector<rpc::VmState>> ListVms(const Context& ctx) override;
  Result<rpc::TaskState> TaskStatus(const Context& ctx, const std::string& task_id) override;
  Status CancelTask(const Context& ctx, const std::string& task_id) override;
  Result<rpc::ImagePrepareResult> ImagePrepare(const Context& ctx,
                                               const rpc::ImagePrepareRequest& request) override;
  Result<rpc::SnapshotCreateResult> SnapshotCreate(
      const Context& ctx, const rpc::SnapshotCreateRequest& request) override;
  Result<rpc::TaskRef> SnapshotDelete(const Context& ctx,
                                      const rpc::SnapshotRequest& request) override;
  Result<rpc::TaskRef> SnapshotRevert(const Context& ctx,
                                      const rpc::SnapshotRequest& request) override;
  Result<rpc::CreateResult> Clone(const Context& ctx, const rpc::CloneRequest& request) override;
  Status Watch(const Context& ctx, const std::string& resume_token,
               const rpc::WatchHandler& on_update) override;

 private:
  class OpenTasks;

  // What every call has: the context is looked at, the call counted, an exception becomes
  // kInternal, a started task is remembered.
  template <class Function>
  auto Call(const Context& ctx, const char* method, Function function) -> decltype(function());

  const Deps deps_;
  const std::shared_ptr<OpenTasks> open_tasks_;  // shared with the task runner's listener
  mutable std::mutex mutex_;                     // guards calls_
  std::map<std::string, size_t, std::less<>> calls_;
};

}  // namespace vr::testing
