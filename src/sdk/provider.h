// What a provider author implements. sdk::Server (server.h) serves it over gRPC.
#pragma once

#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "rpc/messages.h"

namespace vr::sdk {

// One vocabulary for both ends of the wire; providers use these names and never include rpc/.
using rpc::Capabilities;
using rpc::CloneRequest;
using rpc::CreateRequest;
using rpc::CreateResult;
using rpc::DeleteRequest;
using rpc::DescribeResult;
using rpc::DiskRequest;
using rpc::DiskState;
using rpc::ImagePrepareRequest;
using rpc::ImagePrepareResult;
using rpc::ImageSource;
using rpc::NetworkAttachment;
using rpc::NicState;
using rpc::PowerOp;
using rpc::PowerRequest;
using rpc::PowerState;
using rpc::ReconfigureRequest;
using rpc::SnapshotCreateRequest;
using rpc::SnapshotCreateResult;
using rpc::SnapshotRequest;
using rpc::TaskRef;
using rpc::TaskState;
using rpc::ValidateResult;
using rpc::VmClassSpec;
using rpc::VmSpec;
using rpc::VmState;

// What tells one VM from all others, whatever they are called: the owner's UID, or the name where
// the manager tells no owner (the base contract). VMs made for an owner are left alone by those.
std::string IdentityOf(const VmSpec& spec);

// Called from several server threads at once. A method returns fast: what waits is started on the
// TaskRunner that the provider was given, and the TaskRef is returned. Repeating a mutating call is
// safe: Create finds its VM by its identity first, Delete of what is gone succeeds and finds a VM
// without an id by its owner_uid, Power towards the current state succeeds. What is not overridden
// answers kNotSupported, and Capabilities must agree with what is overridden. Changes are published
// to the WatchHub (watch_hub.h).
class Provider {
 public:
  virtual ~Provider() = default;

  virtual Result<ValidateResult> Validate(const Context& ctx) = 0;
  virtual Result<Capabilities> GetCapabilities(const Context& ctx) = 0;
  virtual Result<CreateResult> Create(const Context& ctx, const CreateRequest& request) = 0;
  virtual Result<TaskRef> Delete(const Context& ctx, const DeleteRequest& request) = 0;
  virtual Result<TaskRef> Power(const Context& ctx, const PowerRequest& request) = 0;
  virtual Result<DescribeResult> Describe(const Context& ctx, const std::string& id) = 0;
  virtual Result<std::vector<VmState>> ListVms(const Context& ctx) = 0;
  virtual Result<TaskRef> Reconfigure(const Context& ctx, const ReconfigureRequest& request);
  virtual Result<ImagePrepareResult> ImagePrepare(const Context& ctx,
                                                  const ImagePrepareRequest& request);
  virtual Result<SnapshotCreateResult> SnapshotCreate(const Context& ctx,
                                                      const SnapshotCreateRequest& request);
  virtual Result<TaskRef> SnapshotDelete(const Context& ctx, const SnapshotRequest& request);
  virtual Result<TaskRef> SnapshotRevert(const Context& ctx, const SnapshotRequest& request);
  virtual Result<CreateResult> Clone(const Context& ctx, const CloneRequest& request);
};

}  // namespace vr::sdk
