#include "sdk/service.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>

#include "base/log.h"
#include "obs/trace.h"
#include "rpc/convert.h"
#include "rpc/error_mapping.h"
#include "rpc/legacy_json.h"

namespace vr::sdk {

namespace pb = ::provider::v1;
using rpc::FromProto;
using rpc::ToProto;

namespace {

constexpr auto kReapEvery = std::chrono::milliseconds(500);

Error Stopping() { return {ErrorKind::kUnavailable, "the provider stops", {}}; }

Status NeedId(const std::string& id, const char* field) {
  if (!id.empty()) return {};
  return Error{ErrorKind::kInvalidSpec, std::string("the request's '") + field + "' is empty", {}};
}

template <class Message>
SnapshotRequest OfSnapshot(const Message& in) {
  return {.vm_id = in.vm_id(),
          .snapshot_id = in.snapshot_id(),
          .idempotency_key = in.idempotency_key(),
          .owner_uid = in.owner_uid()};
}

// Log lines name the caller's trace.
Context WithCaller(const Context& ctx, const grpc::ServerContext& call) {
  const auto found = call.client_metadata().find("traceparent");
  if (found == call.client_metadata().end()) return ctx;
  const auto span = obs::ParseTraceparent({found->second.data(), found->second.size()});
  return span ? obs::WithSpan(ctx, *span) : ctx;
}

}  // namespace

// A call under way: registered while it lives.
class ProviderService::Active {
 public:
  Active(ProviderService& owner, grpc::ServerContext* call) : owner_(owner), call_(call) {
    const std::lock_guard lock(owner_.mutex_);
    owner_.active_.insert(this);
  }
  ~Active() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.active_.erase(this);
    owner_.changed_.notify_all();
  }
  Active(const Active&) = delete;
  Active& operator=(const Active&) = delete;

  void StopIfCancelled() {
    if (call_->IsCancelled()) stop_.request_stop();
  }
  std::stop_source& stop() { return stop_; }

 private:
  ProviderService& owner_;
  grpc::ServerContext* call_;
  std::stop_source stop_;
};

ProviderService::ProviderService(const Deps& deps, std::vector<std::string> allowed_sans)
    : deps_(deps),
      allowed_sans_(std::move(allowed_sans)),
      reaper_([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "cancelled-calls");
        ReapLoop(stop);
      }) {}

ProviderService::~ProviderService() = default;

void ProviderService::ReapLoop(const std::stop_token& stop) {
  const Context ctx(stop);
  while (ctx.Sleep(kReapEvery).ok()) {
    const std::lock_guard lock(mutex_);
    for (Active* call : active_) call->StopIfCancelled();
  }
}

void ProviderService::Drain() { draining_.request_stop(); }

void ProviderService::WaitIdle(TimePoint deadline) {
  std::unique_lock lock(mutex_);
  SystemClock().WaitUntil(lock, changed_, {}, deadline, [&] { return active_.empty(); });
}

Status ProviderService::CheckPeer(const grpc::ServerContext& call) const {
  if (allowed_sans_.empty()) return {};
  for (const auto& name :
       call.auth_context()->FindPropertyValues("x509_subject_alternative_name")) {
    const std::string text(name.data(), name.size());
    if (std::find(allowed_sans_.begin(), allowed_sans_.end(), text) != allowed_sans_.end())
      return {};
  }
  return Error{ErrorKind::kUnauthorized, "the client certificate's name is not allowed here", {}};
}

template <class Function>
grpc::Status ProviderService::Handle(grpc::ServerContext* call, Function handle) {
  if (const Status peer = CheckPeer(*call); !peer) return rpc::ToGrpc(peer);
  Active active(*this, call);
  if (draining_.stop_requested()) return rpc::ToGrpc(Stopping());
  Context ctx(active.stop().get_token());
  const auto left = call->deadline() - std::chrono::system_clock::now();
  if (left < std::chrono::hours(24)) ctx = ctx.WithTimeout(left);
  ctx = WithCaller(ctx, *call);
  try {
    return rpc::ToGrpc(handle(ctx));
  } catch (const std::exception& e) {
    LogError(ctx, "Call threw", {{"error", e.what()}});
    return rpc::ToGrpc(Error{ErrorKind::kInternal, e.what(), {}});
  }
}

grpc::Status ProviderService::Validate(grpc::ServerContext* call, const pb::ValidateRequest*,
                                       pb::ValidateResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    VR_ASSIGN_OR_RETURN(const ValidateResult result, deps_.provider.Validate(ctx));
    out->set_ok(result.ok);
    out->set_message(result.message);
    return {};
  });
}

grpc::Status ProviderService::Create(grpc::ServerContext* call, const pb::CreateRequest* in,
                                     pb::CreateResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    if (in->has_vm()) VR_RETURN_IF_ERROR(NeedId(in->vm().owner_uid(), "vm.owner_uid"));
    CreateRequest request{.vm = {}, .idempotency_key = in->idempotency_key()};
    VR_ASSIGN_OR_RETURN(request.vm, in->has_vm() ? FromProto(in->vm()) : rpc::ReadLegacy(*in));
    VR_ASSIGN_OR_RETURN(const CreateResult result, deps_.provider.Create(ctx, request));
    out->set_id(result.id);
    if (!result.task.empty()) out->mutable_task()->set_id(result.task.id);
    return {};
  });
}

grpc::Status ProviderService::Delete(grpc::ServerContext* call, const pb::DeleteRequest* in,
                                     pb::TaskResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    if (in->owner_uid().empty()) VR_RETURN_IF_ERROR(NeedId(in->id(), "id"));
    VR_ASSIGN_OR_RETURN(const TaskRef task,
                        deps_.provider.Delete(ctx, {.id = in->id(),
                                                    .owner_uid = in->owner_uid(),
                                                    .keep_disks = in->keep_disks(),
                                                    .idempotency_key = in->idempotency_key()}));
    if (!task.empty()) out->mutable_task()->set_id(task.id);
    return {};
  });
}

grpc::Status ProviderService::Power(grpc::ServerContext* call, const pb::PowerRequest* in,
                                    pb::TaskResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    VR_RETURN_IF_ERROR(NeedId(in->id(), "id"));
    PowerRequest request{
        .id = in->id(), .idempotency_key = in->idempotency_key(), .owner_uid = in->owner_uid()};
    VR_ASSIGN_OR_RETURN(request.op, FromProto(in->op()));
    if (in->graceful_timeout_seconds() > 0)
      request.graceful_timeout = std::chrono::seconds(in->graceful_timeout_seconds());
    VR_ASSIGN_OR_RETURN(const TaskRef task, deps_.provider.Power(ctx, request));
    if (!task.empty()) out->mutable_task()->set_id(task.id);
    return {};
  });
}

grpc::Status ProviderService::Reconfigure(grpc::ServerContext* call,
                                          const pb::ReconfigureRequest* in, pb::TaskResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    VR_RETURN_IF_ERROR(NeedId(in->id(), "id"));
    ReconfigureRequest request{
        .id = in->id(), .desired = {}, .idempotency_key = in->idempotency_key()};
    VR_ASSIGN_OR_RETURN(request.desired,
                        in->has_desired() ? FromProto(in->desired()) : rpc::ReadLegacy(*in));
    VR_ASSIGN_OR_RETURN(const TaskRef task, deps_.provider.Reconfigure(ctx, request));
    if (!task.empty()) out->mutable_task()->set_id(task.id);
    return {};
  });
}

grpc::Status ProviderService::Describe(grpc::ServerContext* call, const pb::DescribeRequest* in,
                                       pb::DescribeResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    VR_RETURN_IF_ERROR(NeedId(in->id(), "id"));
    VR_ASSIGN_OR_RETURN(const DescribeResult result, deps_.provider.Describe(ctx, in->id()));
    rpc::FillDescribe(result, *out);
    return {};
  });
}

grpc::Status ProviderService::TaskStatus(grpc::ServerContext* call, const pb::TaskStatusRequest* in,
                                         pb::TaskStatusResponse* out) {
  return Handle(call, [&](const Context&) -> Status {
    VR_ASSIGN_OR_RETURN(const TaskState state, deps_.tasks.State(in->task().id()));
    *out = ToProto(state);
    return {};
  });
}

grpc::Status ProviderService::SnapshotCreate(grpc::ServerContext* call,
                                             const pb::SnapshotCreateRequest* in,
                                             pb::SnapshotCreateResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    VR_RETURN_IF_ERROR(NeedId(in->vm_id(), "vm_id"));
    VR_ASSIGN_OR_RETURN(
        const SnapshotCreateResult result,
        deps_.provider.SnapshotCreate(ctx, {.vm_id = in->vm_id(),
                                            .name = in->name_hint(),
                                            .description = in->description(),
                                            .include_memory = in->include_memory(),
                                            .quiesce = in->quiesce(),
                                            .idempotency_key = in->idempotency_key(),
                                            .owner_uid = in->owner_uid()}));
    out->set_snapshot_id(result.id);
    if (!result.task.empty()) out->mutable_task()->set_id(result.task.id);
    return {};
  });
}

grpc::Status ProviderService::SnapshotDelete(grpc::ServerContext* call,
                                             const pb::SnapshotDeleteRequest* in,
                                             pb::TaskResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    VR_ASSIGN_OR_RETURN(const TaskRef task, deps_.provider.SnapshotDelete(ctx, OfSnapshot(*in)));
    if (!task.empty()) out->mutable_task()->set_id(task.id);
    return {};
  });
}

grpc::Status ProviderService::SnapshotRevert(grpc::ServerContext* call,
                                             const pb::SnapshotRevertRequest* in,
                                             pb::TaskResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    VR_ASSIGN_OR_RETURN(const TaskRef task, deps_.provider.SnapshotRevert(ctx, OfSnapshot(*in)));
    if (!task.empty()) out->mutable_task()->set_id(task.id);
    return {};
  });
}

grpc::Status ProviderService::Clone(grpc::ServerContext* call, const pb::CloneRequest* in,
                                    pb::CloneResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    CloneRequest request{.source_id = in->source_vm_id(),
                         .linked = in->linked(),
                         .target = {},
                         .customize_json = in->customize_json(),
                         .idempotency_key = in->idempotency_key()};
    VR_ASSIGN_OR_RETURN(request.target,
                        in->has_target() ? FromProto(in->target()) : rpc::ReadLegacy(*in));
    VR_ASSIGN_OR_RETURN(const CreateResult result, deps_.provider.Clone(ctx, request));
    out->set_target_vm_id(result.id);
    if (!result.task.empty()) out->mutable_task()->set_id(result.task.id);
    return {};
  });
}

grpc::Status ProviderService::ImagePrepare(grpc::ServerContext* call,
                                           const pb::ImagePrepareRequest* in,
                                           pb::ImagePrepareResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    ImagePrepareRequest request{.image = {},
                                .target_name = in->target_name(),
                                .storage_hint = in->storage_hint(),
                                .idempotency_key = in->idempotency_key()};
    VR_ASSIGN_OR_RETURN(request.image,
                        in->has_image() ? FromProto(in->image()) : rpc::ReadLegacy(*in));
    VR_ASSIGN_OR_RETURN(const ImagePrepareResult result, deps_.provider.ImagePrepare(ctx, request));
    if (!result.task.empty()) out->mutable_task()->set_id(result.task.id);
    out->set_prepared_image_id(result.id);
    out->set_prepared_image_path(result.path);
    return {};
  });
}

grpc::Status ProviderService::GetCapabilities(grpc::ServerContext* call,
                                              const pb::GetCapabilitiesRequest*,
                                              pb::GetCapabilitiesResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    VR_ASSIGN_OR_RETURN(Capabilities result, deps_.provider.GetCapabilities(ctx));
    result.owner_uids = true;  // Provider's contract
    *out = ToProto(result);
    return {};
  });
}

grpc::Status ProviderService::ListVMs(grpc::ServerContext* call, const pb::ListVMsRequest*,
                                      pb::ListVMsResponse* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    VR_ASSIGN_OR_RETURN(const std::vector<VmState> vms, deps_.provider.ListVms(ctx));
    for (const VmState& vm : vms) rpc::FillListed(vm, *out->add_vms());
    return {};
  });
}

grpc::Status ProviderService::Watch(grpc::ServerContext* call, const pb::WatchRequest* in,
                                    grpc::ServerWriter<pb::WatchEvent>* out) {
  return Handle(call, [&](const Context& ctx) -> Status {
    std::stop_source either;
    const std::stop_callback gone(ctx.stop(), [&] { either.request_stop(); });
    const std::stop_callback closing(draining_.get_token(), [&] { either.request_stop(); });
    const Status ended =
        deps_.hub.Watch(ctx.WithStop(either.get_token()), in->resume_token(),
                        [&](const rpc::WatchUpdate& update) -> Status {
                          if (out->Write(ToProto(update))) return {};
                          return Error{ErrorKind::kCancelled, "the watcher went away", {}};
                        });
    return draining_.stop_requested() ? Status(Stopping()) : ended;
  });
}

grpc::Status ProviderService::CancelTask(grpc::ServerContext* call, const pb::CancelTaskRequest* in,
                                         pb::Empty*) {
  return Handle(call, [&](const Context&) { return deps_.tasks.Cancel(in->task().id()); });
}

}  // namespace vr::sdk
