// ProviderClient: the manager's view of one provider.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "rpc/messages.h"

namespace vr::rpc {

// Return an error to end the stream.
using WatchHandler = std::function<Status(const WatchUpdate&)>;

// Thread-safe; every call respects the context's deadline and stop token. What the provider does
// not serve is kNotSupported. A provider of the base contract is driven by what that has: no Watch,
// no CancelTask, VMs known by id alone, their state without CPUs and memory. GrpcProviderClient
// talks to a process, decorators stack on top (client_factory.h), testing::FakeProvider lives in
// memory and passes the same contract tests.
class ProviderClient {
 public:
  virtual ~ProviderClient() = default;

  virtual Result<ValidateResult> Validate(const Context& ctx) = 0;
  virtual Result<Capabilities> GetCapabilities(const Context& ctx) = 0;
  virtual Result<CreateResult> Create(const Context& ctx, const CreateRequest& request) = 0;
  // kNotFound for a request without id to a provider that does not keep owner UIDs: it has no such
  // VM.
  virtual Result<TaskRef> Delete(const Context& ctx, const DeleteRequest& request) = 0;
  virtual Result<TaskRef> Power(const Context& ctx, const PowerRequest& request) = 0;
  virtual Result<TaskRef> Reconfigure(const Context& ctx, const ReconfigureRequest& request) = 0;
  virtual Result<DescribeResult> Describe(const Context& ctx, const std::string& id) = 0;
  // Every VM of the provider, ours or not, in one call.
  virtual Result<std::vector<VmState>> ListVms(const Context& ctx) = 0;
  virtual Result<TaskState> TaskStatus(const Context& ctx, const std::string& task_id) = 0;
  virtual Status CancelTask(const Context& ctx, const std::string& task_id) = 0;
  virtual Result<ImagePrepareResult> ImagePrepare(const Context& ctx,
                                                  const ImagePrepareRequest& request) = 0;
  virtual Result<SnapshotCreateResult> SnapshotCreate(const Context& ctx,
                                                      const SnapshotCreateRequest& request) = 0;
  virtual Result<TaskRef> SnapshotDelete(const Context& ctx, const SnapshotRequest& request) = 0;
  virtual Result<TaskRef> SnapshotRevert(const Context& ctx, const SnapshotRequest& request) = 0;
  virtual Result<CreateResult> Clone(const Context& ctx, const CloneRequest& request) = 0;
  // A full snapshot (ending with kSnapshotDone) unless `resume_token` still holds, then changes,
  // until stopped.
  virtual Status Watch(const Context& ctx, const std::string& resume_token,
                       const WatchHandler& on_update) = 0;
};

}  // namespace vr::rpc
