#include "rpc/grpc_provider_client.h"

#include <grpcpp/grpcpp.h>

#include <atomic>

#include "obs/trace.h"
#include "provider/v1/provider.grpc.pb.h"
#include "rpc/convert.h"
#include "rpc/error_mapping.h"
#include "rpc/legacy_json.h"

namespace vr::rpc {
namespace {

constexpr int kConnectLooks = 20;                              // two seconds
constexpr auto kConnectLook = std::chrono::milliseconds(100);  // how soon a stop is noticed
constexpr int kMaxMessageBytes = 64 << 20;  // 10,000 VMs in one list take about 8 MB

void Prepare(const Context& ctx, grpc::ClientContext& call) {
  if (const auto span = obs::SpanOf(ctx))
    call.AddMetadata("traceparent", obs::ToTraceparent(*span));
  if (ctx.has_deadline()) call.set_deadline(std::chrono::system_clock::now() + ctx.Remaining());
}

// A call that we did not cancel was cut off by a provider that goes away: nobody asked us to stop.
Status ByThePeer(Status status) {
  if (status || status.error().kind != ErrorKind::kCancelled) return status;
  Error error = std::move(status).error();
  error.kind = ErrorKind::kUnavailable;
  return error;
}

template <class Message>
Message OfSnapshot(const SnapshotRequest& request) {
  Message out;
  out.set_vm_id(request.vm_id);
  out.set_snapshot_id(request.snapshot_id);
  out.set_owner_uid(request.owner_uid);
  out.set_idempotency_key(request.idempotency_key);
  return out;
}

class GrpcProviderClient final : public ProviderClient {
 public:
  explicit GrpcProviderClient(std::shared_ptr<grpc::Channel> channel)
      : channel_(std::move(channel)), stub_(pb::Provider::NewStub(channel_)) {}

  Result<ValidateResult> Validate(const Context& ctx) override {
    VR_ASSIGN_OR_RETURN(const auto out,
                        Call<pb::ValidateResponse>(ctx, "validate", &pb::Provider::Stub::Validate,
                                                   pb::ValidateRequest()));
    return ValidateResult{out.ok(), out.message()};
  }

  Result<Capabilities> GetCapabilities(const Context& ctx) override {
    AwaitConnection(ctx);
    VR_ASSIGN_OR_RETURN(const auto out,
                        Call<pb::GetCapabilitiesResponse>(ctx, "get capabilities",
                                                          &pb::Provider::Stub::GetCapabilities,
                                                          pb::GetCapabilitiesRequest()));
    Capabilities capabilities = FromProto(out);
    owners_ = capabilities.owner_uids ? Owners::kKept : Owners::kUnknown;
    return capabilities;
  }

  Result<CreateResult> Create(const Context& ctx, const CreateRequest& request) override {
    pb::CreateRequest in;
    FillLegacy(request.vm, in);
    *in.mutable_vm() = ToProto(request.vm);
    in.set_idempotency_key(request.idempotency_key);
    VR_ASSIGN_OR_RETURN(const auto out,
                        Call<pb::CreateResponse>(ctx, "create VM '" + request.vm.name + "'",
                                                 &pb::Provider::Stub::Create, in));
    return CreateResult{out.id(), {out.task().id()}};
  }

  Result<TaskRef> Delete(const Context& ctx, const DeleteRequest& request) override {
    if (request.id.empty()) VR_RETURN_IF_ERROR(NeedOwners(ctx));
    pb::DeleteRequest in;
    in.set_id(request.id);
    in.set_owner_uid(request.owner_uid);
    in.set_keep_disks(request.keep_disks);
    in.set_idempotency_key(request.idempotency_key);
    return Task(ctx, "delete VM " + request.id, &pb::Provider::Stub::Delete, in);
  }

  Result<TaskRef> Power(const Context& ctx, const PowerRequest& request) override {
    pb::PowerRequest in;
    in.set_id(request.id);
    in.set_op(ToProto(request.op));
    in.set_graceful_timeout_seconds(static_cast<int32_t>(request.graceful_timeout.count()));
    in.set_owner_uid(request.owner_uid);
    in.set_idempotency_key(request.idempotency_key);
    return Task(ctx, "power VM " + request.id, &pb::Provider::Stub::Power, in);
  }

  Result<TaskRef> Reconfigure(const Context& ctx, const ReconfigureRequest& request) override {
    pb::ReconfigureRequest in;
    in.set_id(request.id);
    FillLegacy(request.desired, in);
    *in.mutable_desired() = ToProto(request.desired);
    in.set_idempotency_key(request.idempotency_key);
    return Task(ctx, "reconfigure VM " + request.id, &pb::Provider::Stub::Reconfigure, in);
  }

  Result<DescribeResult> Describe(const Context& ctx, const std::string& id) override {
    pb::DescribeRequest in;
    in.set_id(id);
    VR_ASSIGN_OR_RETURN(
        const auto out,
        Call<pb::DescribeResponse>(ctx, "describe VM " + id, &pb::Provider::Stub::Describe, in));
    return FromProto(id, out);
  }

  Result<std::vector<VmState>> ListVms(const Context& ctx) override {
    VR_ASSIGN_OR_RETURN(const auto out,
                        Call<pb::ListVMsResponse>(ctx, "list VMs", &pb::Provider::Stub::ListVMs,
                                                  pb::ListVMsRequest()));
    std::vector<VmState> vms;
    vms.reserve(static_cast<size_t>(out.vms_size()));
    for (const pb::VMInfo& info : out.vms()) vms.push_back(FromProto(info));
    return vms;
  }

  Result<TaskState> TaskStatus(const Context& ctx, const std::string& task_id) override {
    pb::TaskStatusRequest in;
    in.mutable_task()->set_id(task_id);
    VR_ASSIGN_OR_RETURN(const auto out,
                        Call<pb::TaskStatusResponse>(ctx, "ask for task " + task_id,
                                                     &pb::Provider::Stub::TaskStatus, in));
    return FromProto(out);
  }

  Status CancelTask(const Context& ctx, const std::string& task_id) override {
    pb::CancelTaskRequest in;
    in.mutable_task()->set_id(task_id);
    return Call<pb::Empty>(ctx, "cancel task " + task_id, &pb::Provider::Stub::CancelTask, in)
        .status();
  }

  Result<ImagePrepareResult> ImagePrepare(const Context& ctx,
                                          const ImagePrepareRequest& request) override {
    pb::ImagePrepareRequest in;
    FillLegacy(request.image, in);
    in.set_target_name(request.target_name);
    in.set_storage_hint(request.storage_hint);
    *in.mutable_image() = ToProto(request.image);
    in.set_idempotency_key(request.idempotency_key);
    VR_ASSIGN_OR_RETURN(const auto out, Call<pb::ImagePrepareResponse>(
                                            ctx, "prepare image '" + request.image.name + "'",
                                            &pb::Provider::Stub::ImagePrepare, in));
    return ImagePrepareResult{
        {out.task().id()}, out.prepared_image_id(), out.prepared_image_path()};
  }

  Result<SnapshotCreateResult> SnapshotCreate(const Context& ctx,
                                              const SnapshotCreateRequest& request) override {
    pb::SnapshotCreateRequest in;
    in.set_vm_id(request.vm_id);
    in.set_name_hint(request.name);
    in.set_include_memory(request.include_memory);
    in.set_description(request.description);
    in.set_quiesce(request.quiesce);
    in.set_idempotency_key(request.idempotency_key);
    in.set_owner_uid(request.owner_uid);
    VR_ASSIGN_OR_RETURN(const auto out,
                        Call<pb::SnapshotCreateResponse>(ctx, "snapshot VM " + request.vm_id,
                                                         &pb::Provider::Stub::SnapshotCreate, in));
    return SnapshotCreateResult{out.snapshot_id(), {out.task().id()}};
  }

  Result<TaskRef> SnapshotDelete(const Context& ctx, const SnapshotRequest& request) override {
    return Task(ctx, "delete snapshot " + request.snapshot_id, &pb::Provider::Stub::SnapshotDelete,
                OfSnapshot<pb::SnapshotDeleteRequest>(request));
  }

  Result<TaskRef> SnapshotRevert(const Context& ctx, const SnapshotRequest& request) override {
    return Task(ctx, "revert to snapshot " + request.snapshot_id,
                &pb::Provider::Stub::SnapshotRevert,
                OfSnapshot<pb::SnapshotRevertRequest>(request));
  }

  Result<CreateResult> Clone(const Context& ctx, const CloneRequest& request) override {
    pb::CloneRequest in;
    in.set_source_vm_id(request.source_id);
    FillLegacy(request.target, in);
    in.set_linked(request.linked);
    in.set_customize_json(request.customize_json);
    *in.mutable_target() = ToProto(request.target);
    in.set_idempotency_key(request.idempotency_key);
    VR_ASSIGN_OR_RETURN(const auto out,
                        Call<pb::CloneResponse>(ctx, "clone VM " + request.source_id,
                                                &pb::Provider::Stub::Clone, in));
    return CreateResult{out.target_vm_id(), {out.task().id()}};
  }

  Status Watch(const Context& ctx, const std::string& resume_token,
               const WatchHandler& on_update) override {
    VR_RETURN_IF_ERROR(ctx.Check("watch"));
    grpc::ClientContext call;
    Prepare(ctx, call);
    const std::stop_callback cancel(ctx.stop(), [&call] { call.TryCancel(); });
    pb::WatchRequest in;
    in.set_resume_token(resume_token);
    const auto reader = stub_->Watch(&call, in);
    Status handled;
    pb::WatchEvent event;
    while (handled && reader->Read(&event)) {
      if (const std::optional<WatchUpdate> update = FromProto(event)) handled = on_update(*update);
    }
    if (!handled) call.TryCancel();
    const grpc::Status ended = reader->Finish();
    if (!handled) return handled;
    VR_RETURN_IF_ERROR(ctx.Check("watch"));
    return ByThePeer(FromGrpc(ended, "watch"));
  }

 private:
  // gRPC fails calls at once while a channel recovers, and connects only while somebody waits for
  // it: without this a provider that came back is found after many attempts. Why there is no
  // connection is told by the call that follows.
  void AwaitConnection(const Context& ctx) const {
    for (int look = 0; look < kConnectLooks && ctx.Check(); ++look) {
      if (channel_->WaitForConnected(std::chrono::system_clock::now() + kConnectLook)) return;
    }
  }

  template <class Out, class In>
  using Method = grpc::Status (pb::Provider::Stub::*)(grpc::ClientContext*, const In&, Out*);

  template <class Out, class In>
  Result<Out> Call(const Context& ctx, const std::string& what, Method<Out, In> method,
                   const In& in) {
    VR_RETURN_IF_ERROR(ctx.Check(what));
    grpc::ClientContext call;
    Prepare(ctx, call);
    const std::stop_callback cancel(ctx.stop(), [&call] { call.TryCancel(); });
    Out out;
    const grpc::Status status = ((*stub_).*method)(&call, in, &out);
    if (status.ok()) return out;
    VR_RETURN_IF_ERROR(ctx.Check(what));
    return ByThePeer(FromGrpc(status, what)).error();
  }

  template <class In>
  Result<TaskRef> Task(const Context& ctx, const std::string& what,
                       Method<pb::TaskResponse, In> method, const In& in) {
    VR_ASSIGN_OR_RETURN(const auto out, Call<pb::TaskResponse>(ctx, what, method, in));
    return TaskRef{out.task().id()};
  }

  // A provider of the base contract knows ids alone, and gives the id when it accepts a creation:
  // a VM without one is none of its VMs, and an empty id must not reach it.
  Status NeedOwners(const Context& ctx) {
    if (owners_ == Owners::kNotAsked) VR_RETURN_IF_ERROR(GetCapabilities(ctx).status());
    if (owners_ == Owners::kKept) return {};
    return Error{ErrorKind::kNotFound,
                 "delete VM: this provider knows VMs by id alone, and has given none for this one",
                 {}};
  }

  // Whether the provider finds VMs by their owner's UID.
  enum class Owners { kNotAsked, kUnknown, kKept };

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<pb::Provider::Stub> stub_;
  std::atomic<Owners> owners_ = Owners::kNotAsked;
};

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const ChannelOptions& options) {
  if (!options.tls) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({options.tls->ca_pem, options.tls->key_pem, options.tls->cert_pem});
}

}  // namespace

std::unique_ptr<ProviderClient> MakeGrpcProviderClient(const ChannelOptions& options) {
  grpc::ChannelArguments args;
  args.SetMaxReceiveMessageSize(kMaxMessageBytes);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);  // the time that one attempt may take
  // Channels to a provider that came back must not share the old one's dead connection.
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (options.tls && !options.tls->server_name.empty())
    args.SetSslTargetNameOverride(options.tls->server_name);
  return std::make_unique<GrpcProviderClient>(
      grpc::CreateCustomChannel(options.target, CredentialsOf(options), args));
}

}  // namespace vr::rpc
