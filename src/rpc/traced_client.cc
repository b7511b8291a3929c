#include "rpc/traced_client.h"

#include <utility>

namespace vr::rpc {
namespace {

Status StatusOf(const Status& status) { return status; }
template <class T>
Status StatusOf(const Result<T>& result) {
  return result.status();
}

// What an answer names, in attributes.
void Note(obs::Span& span, const TaskRef& task) { span.Set("task.ref", task.id); }
void Note(obs::Span& span, const CreateResult& created) {
  span.Set("vm.id", created.id);
  Note(span, created.task);
}
void Note(obs::Span& span, const SnapshotCreateResult& made) { Note(span, made.task); }
void Note(obs::Span& span, const ImagePrepareResult& prepared) { Note(span, prepared.task); }
template <class T>
void Note(obs::Span&, const T&) {}

class TracedClient final : public ProviderClient {
 public:
  TracedClient(std::unique_ptr<ProviderClient> inner, TracedOptions options,
               const obs::Tracer& tracer)
      : inner_(std::move(inner)), options_(std::move(options)), tracer_(tracer) {}

  Result<ValidateResult> Validate(const Context& ctx) override {
    return Call(ctx, "Validate", "", [&](const Context& c) { return inner_->Validate(c); });
  }
  Result<Capabilities> GetCapabilities(const Context& ctx) override {
    return Call(ctx, "GetCapabilities", "",
                [&](const Context& c) { return inner_->GetCapabilities(c); });
  }
  Result<CreateResult> Create(const Context& ctx, const CreateRequest& request) override {
    return Call(ctx, "Create", "", [&](const Context& c) { return inner_->Create(c, request); });
  }
  Result<TaskRef> Delete(const Context& ctx, const DeleteRequest& request) override {
    return Call(ctx, "Delete", request.id,
                [&](const Context& c) { return inner_->Delete(c, request); });
  }
  Result<TaskRef> Power(const Context& ctx, const PowerRequest& request) override {
    return Call(ctx, "Power", request.id,
                [&](const Context& c) { return inner_->Power(c, request); });
  }
  Result<TaskRef> Reconfigure(const Context& ctx, const ReconfigureRequest& request) override {
    return Call(ctx, "Reconfigure", request.id,
                [&](const Context& c) { return inner_->Reconfigure(c, request); });
  }
  Result<DescribeResult> Describe(const Context& ctx, const std::string& id) override {
    return Call(ctx, "Describe", id, [&](const Context& c) { return inner_->Describe(c, id); });
  }
  Result<std::vector<VmState>> ListVms(const Context& ctx) override {
    return Call(ctx, "ListVMs", "", [&](const Context& c) { return inner_->ListVms(c); });
  }
  Result<TaskState> TaskStatus(const Context& ctx, const std::string& task_id) override {
    return Call(
        ctx, "TaskStatus", "", [&](const Context& c) { return inner_->TaskStatus(c, task_id); },
        task_id);
  }
  Status CancelTask(const Context& ctx, const std::string& task_id) override {
    return Call(
        ctx, "CancelTask", "", [&](const Context& c) { return inner_->CancelTask(c, task_id); },
        task_id);
  }
  Result<ImagePrepareResult> ImagePrepare(const Context& ctx,
                                          const ImagePrepareRequest& request) override {
    return Call(ctx, "ImagePrepare", "",
                [&](const Context& c) { return inner_->ImagePrepare(c, request); });
  }
  Result<SnapshotCreateResult> SnapshotCreate(const Context& ctx,
                                              const SnapshotCreateRequest& request) override {
    return Call(ctx, "SnapshotCreate", request.vm_id,
                [&](const Context& c) { return inner_->SnapshotCreate(c, request); });
  }
  Result<TaskRef> SnapshotDelete(const Context& ctx, const SnapshotRequest& request) override {
    return Call(ctx, "SnapshotDelete", request.vm_id,
                [&](const Context& c) { return inner_->SnapshotDelete(c, request); });
  }
  Result<TaskRef> SnapshotRevert(const Context& ctx, const SnapshotRequest& request) override {
    return Call(ctx, "SnapshotRevert", request.vm_id,
                [&](const Context& c) { return inner_->SnapshotRevert(c, request); });
  }
  Result<CreateResult> Clone(const Context& ctx, const CloneRequest& request) override {
    return Call(ctx, "Clone", "", [&](const Context& c) { return inner_->Clone(c, request); });
  }
  Status Watch(const Context& ctx, const std::string& resume_token,
               const WatchHandler& on_update) override {
    return inner_->Watch(ctx, resume_token, on_update);
  }

 private:
  template <class Function>
  auto Call(const Context& ctx, const char* method, const std::string& vm_id, Function function,
            const std::string& task_id = "") -> decltype(function(ctx)) {
    obs::Span span(tracer_, ctx, std::string("rpc.") + method, obs::SpanKind::kClient);
    span.Set("operation", method);
    span.Set("provider", options_.provider);
    span.Set("provider.type", options_.provider_type);
    span.Set("vm.id", vm_id);
    span.Set("task.ref", task_id);
    auto result = function(span.ctx());
    const Status status = StatusOf(result);
    if (!status) span.Set("error.kind", std::string(vr::ToString(status.error().kind)));
    if constexpr (requires { *result; }) {
      if (status) Note(span, *result);
    }
    span.End(status);
    return result;
  }

  const std::unique_ptr<ProviderClient> inner_;
  const TracedOptions options_;
  const obs::Tracer& tracer_;
};

}  // namespace

std::unique_ptr<ProviderClient> MakeTracedClient(std::unique_ptr<ProviderClient> inner,
                                                 TracedOptions options, const obs::Tracer& tracer) {
  return std::make_unique<TracedClient>(std::move(inner), std::move(options), tracer);
}

}  // namespace vr::rpc
