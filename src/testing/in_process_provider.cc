#include "testing/in_process_provider.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <type_traits>

namespace vr::testing {
namespace {

constexpr std::chrono::seconds kPatience(10);

Status NeedId(const std::string& id, const char* field) {
  if (!id.empty()) return {};
  return Error{ErrorKind::kInvalidSpec, std::string("the request's '") + field + "' is empty", {}};
}

// The task that an answer names; empty if it names none.
template <class T>
std::string TaskOf(const T& answer) {
  if constexpr (std::is_same_v<T, rpc::TaskRef>) {
    return answer.id;
  } else if constexpr (requires { answer.task.id; }) {
    return answer.task.id;
  } else {
    return "";
  }
}

}  // namespace

// Which of the started tasks have ended. Thread-safe.
class InProcessProvider::OpenTasks {
 public:
  void Started(const std::string& id) {
    const std::lock_guard lock(mutex_);
    ended_.try_emplace(id, false);  // it may have ended before its start returned
  }
  void Ended(const std::string& id) {
    {
      const std::lock_guard lock(mutex_);
      ended_[id] = true;
    }
    changed_.notify_all();
  }
  bool Wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] {
      return std::all_of(ended_.begin(), ended_.end(),
                         [](const auto& task) { return task.second; });
    });
  }

 private:
  std::mutex mutex_;  // guards ended_
  std::condition_variable changed_;
  std::map<std::string, bool> ended_;
};

InProcessProvider::InProcessProvider(const Deps& deps)
    : deps_(deps), open_tasks_(std::make_shared<OpenTasks>()) {
  deps_.tasks.OnChange(
      [open = open_tasks_, &hub = deps.hub](const std::string& id, const rpc::TaskState& state) {
        hub.PublishTask(id, state);
        if (state.done) open->Ended(id);
      });
}

bool InProcessProvider::WaitForTasks() const { return open_tasks_->Wait(); }

size_t InProcessProvider::Calls(std::string_view method) const {
  const std::lock_guard lock(mutex_);
  const auto it = calls_.find(method);
  return it == calls_.end() ? 0 : it->second;
}

template <class Function>
auto InProcessProvider::Call(const Context& ctx, const char* method, Function function)
    -> decltype(function()) {
  {
    const std::lock_guard lock(mutex_);
    ++calls_[method];
  }
  VR_RETURN_IF_ERROR(ctx.Check(method));
  try {
    auto answer = function();
    if constexpr (!std::is_same_v<decltype(answer), Status>) {
      if (answer) {
        if (const std::string task = TaskOf(*answer); !task.empty()) open_tasks_->Started(task);
      }
    }
    return answer;
  } catch (const std::exception& e) {
    return Error{ErrorKind::kInternal, e.what(), {}};
  }
}

Result<rpc::ValidateResult> InProcessProvider::Validate(const Context& ctx) {
  return Call(ctx, "Validate", [&] { return deps_.provider.Validate(ctx); });
}

Result<rpc::Capabilities> InProcessProvider::GetCapabilities(const Context& ctx) {
  return Call(ctx, "GetCapabilities", [&] {
    auto capabilities = deps_.provider.GetCapabilities(ctx);
    if (capabilities) capabilities->owner_uids = true;
    return capabilities;
  });
}

Result<rpc::CreateResult> InProcessProvider::Create(const Context& ctx,
                                                    const rpc::CreateRequest& request) {
  return Call(ctx, "Create", [&]() -> Result<rpc::CreateResult> {
    VR_RETURN_IF_ERROR(NeedId(request.vm.owner_uid, "vm.owner_uid"));
    return deps_.provider.Create(ctx, request);
  });
}

Result<rpc::TaskRef> InProcessProvider::Delete(const Context& ctx,
                                               const rpc::DeleteRequest& request) {
  return Call(ctx, "Delete", [&]() -> Result<rpc::TaskRef> {
    if (request.owner_uid.empty()) VR_RETURN_IF_ERROR(NeedId(request.id, "id"));
    return deps_.provider.Delete(ctx, request);
  });
}

Result<rpc::TaskRef> InProcessProvider::Power(const Context& ctx,
                                              const rpc::PowerRequest& request) {
  return Call(ctx, "Power", [&]() -> Result<rpc::TaskRef> {
    VR_RETURN_IF_ERROR(NeedId(request.id, "id"));
    return deps_.provider.Power(ctx, request);
  });
}

Result<rpc::TaskRef> InProcessProvider::Reconfigure(const Context& ctx,
                                                    const rpc::ReconfigureRequest& request) {
  return Call(ctx, "Reconfigure", [&]() -> Result<rpc::TaskRef> {
    VR_RETURN_IF_ERROR(NeedId(request.id, "id"));
    return deps_.provider.Reconfigure(ctx, request);
  });
}

Result<rpc::DescribeResult> InProcessProvider::Describe(const Context& ctx, const std::string& id) {
  return Call(ctx, "Describe", [&]() -> Result<rpc::DescribeResult> {
    VR_RETURN_IF_ERROR(NeedId(id, "id"));
    return deps_.provider.Describe(ctx, id);
  });
}

Result<std::vector<rpc::VmState>> InProcessProvider::ListVms(const Context& ctx) {
  return Call(ctx, "ListVms", [&] { return deps_.provider.ListVms(ctx); });
}

Result<rpc::TaskState> InProcessProvider::TaskStatus(const Context& ctx,
                                                     const std::string& task_id) {
  return Call(ctx, "TaskStatus", [&] { return deps_.tasks.State(task_id); });
}

Status InProcessProvider::CancelTask(const Context& ctx, const std::string& task_id) {
  return Call(ctx, "CancelTask", [&] { return deps_.tasks.Cancel(task_id); });
}

Result<rpc::ImagePrepareResult> InProcessProvider::ImagePrepare(
    const Context& ctx, const rpc::ImagePrepareRequest& request) {
  return Call(ctx, "ImagePrepare", [&] { return deps_.provider.ImagePrepare(ctx, request); });
}

Result<rpc::SnapshotCreateResult> InProcessProvider::SnapshotCreate(
    const Context& ctx, const rpc::SnapshotCreateRequest& request) {
  return Call(ctx, "SnapshotCreate", [&]() -> Result<rpc::SnapshotCreateResult> {
    VR_RETURN_IF_ERROR(NeedId(request.vm_id, "vm_id"));
    return deps_.provider.SnapshotCreate(ctx, request);
  });
}

Result<rpc::TaskRef> InProcessProvider::SnapshotDelete(const Context& ctx,
                                                       const rpc::SnapshotRequest& request) {
  return Call(ctx, "SnapshotDelete", [&] { return deps_.provider.SnapshotDelete(ctx, request); });
}

Result<rpc::TaskRef> InProcessProvider::SnapshotRevert(const Context& ctx,
                                                       const rpc::SnapshotRequest& request) {
  return Call(ctx, "SnapshotRevert", [&] { return deps_.provider.SnapshotRevert(ctx, request); });
}

Result<rpc::CreateResult> InProcessProvider::Clone(const Context& ctx,
                                                   const rpc::CloneRequest& request) {
  return Call(ctx, "Clone", [&] { return deps_.provider.Clone(ctx, request); });
}

Status InProcessProvider::Watch(const Context& ctx, const std::string& resume_token,
                                const rpc::WatchHandler& on_update) {
  return Call(ctx, "Watch", [&] { return deps_.hub.Watch(ctx, resume_token, on_update); });
}

}  // namespace vr::testing
