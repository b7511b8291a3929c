#include "sdk/watch_hub.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <random>

namespace vr::sdk {
namespace {

constexpr size_t kKept = 8192;  // updates that a slow or returning watcher may be behind

std::string MakeRunId() {
  std::random_device device;
  return std::to_string(device()) + std::to_string(device());
}

}  // namespace

struct WatchHub::Impl {
  using Kind = rpc::WatchUpdate::Kind;

  // Under mutex.
  void Append(rpc::WatchUpdate update) {
    update.resume_token = run_id + ":" + std::to_string(++last);
    log.push_back(std::move(update));
    if (log.size() > kKept) log.pop_front();
  }

  // Under mutex. True if it is news.
  bool Put(const rpc::VmState& vm) {
    const auto [it, added] = vms.try_emplace(vm.id, vm);
    if (!added && it->second == vm) return false;
    it->second = vm;
    rpc::WatchUpdate update{.kind = Kind::kVm};
    update.vm = vm;
    Append(std::move(update));
    return true;
  }

  // Under mutex.
  void Gone(const std::string& id, const std::string& owner_uid) {
    rpc::WatchUpdate update{.kind = Kind::kVmGone};
    update.vm.id = id;
    update.vm.owner_uid = owner_uid;
    Append(std::move(update));
  }

  // The number of the first update in the log. Under mutex.
  uint64_t first() const { return last - log.size() + 1; }

  // Where the token stands, if the log still reaches that far. Under mutex.
  std::optional<uint64_t> PositionOf(const std::string& token) const {
    if (!token.starts_with(run_id + ":")) return std::nullopt;
    const uint64_t position = std::strtoull(token.c_str() + run_id.size() + 1, nullptr, 10);
    if (position > last || position + 1 < first()) return std::nullopt;
    return position;
  }

  // What a new watcher gets first, and the position after it. Under mutex.
  std::vector<rpc::WatchUpdate> Begin(const std::string& token, uint64_t& position) const {
    std::vector<rpc::WatchUpdate> out;
    rpc::WatchUpdate health{.kind = Kind::kHealth};
    health.healthy = healthy;
    health.message = message;
    const std::optional<uint64_t> resumed = PositionOf(token);
    if (resumed) health.resume_token = token;
    out.push_back(std::move(health));
    position = resumed.value_or(last);
    if (resumed) return out;
    for (const auto& [id, vm] : vms) {
      rpc::WatchUpdate update{.kind = Kind::kVm};
      update.vm = vm;
      out.push_back(std::move(update));
    }
    rpc::WatchUpdate done{.kind = Kind::kSnapshotDone};
    done.resume_token = run_id + ":" + std::to_string(last);
    out.push_back(std::move(done));
    return out;
  }

  const std::string run_id = MakeRunId();
  std::mutex mutex;  // guards all below
  std::condition_variable_any changed;
  std::map<std::string, rpc::VmState> vms;
  std::deque<rpc::WatchUpdate> log;
  uint64_t last = 0;
  bool healthy = true;
  std::string message;
};

WatchHub::WatchHub() : impl_(std::make_unique<Impl>()) {}
WatchHub::~WatchHub() = default;

void WatchHub::PublishVm(const rpc::VmState& vm) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->Put(vm)) impl_->changed.notify_all();
}

void WatchHub::PublishGone(const std::string& id, const std::string& owner_uid) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->vms.erase(id) == 0) return;
  impl_->Gone(id, owner_uid);
  impl_->changed.notify_all();
}

void WatchHub::PublishTask(const std::string& task_id, const rpc::TaskState& state) {
  const std::lock_guard lock(impl_->mutex);
  rpc::WatchUpdate update{.kind = Impl::Kind::kTask};
  update.task_id = task_id;
  update.task = state;
  impl_->Append(std::move(update));
  impl_->changed.notify_all();
}

void WatchHub::PublishHealth(bool healthy, const std::string& message) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->healthy == healthy && impl_->message == message) return;
  impl_->healthy = healthy;
  impl_->message = message;
  rpc::WatchUpdate update{.kind = Impl::Kind::kHealth};
  update.healthy = healthy;
  update.message = message;
  impl_->Append(std::move(update));
  impl_->changed.notify_all();
}

void WatchHub::Reset(const std::vector<rpc::VmState>& vms) {
  const std::lock_guard lock(impl_->mutex);
  std::map<std::string, rpc::VmState> before;
  before.swap(impl_->vms);
  for (const rpc::VmState& vm : vms) {
    const auto it = before.find(vm.id);
    if (it != before.end()) impl_->vms.insert(before.extract(it));
    impl_->Put(vm);
  }
  for (const auto& [id, vm] : before) impl_->Gone(id, vm.owner_uid);
  impl_->changed.notify_all();
}

Status WatchHub::Watch(const Context& ctx, const std::string& resume_token,
                       const std::function<Status(const rpc::WatchUpdate&)>& on_update) {
  uint64_t position = 0;
  std::vector<rpc::WatchUpdate> batch;
  {
    const std::lock_guard lock(impl_->mutex);
    batch = impl_->Begin(resume_token, position);
  }
  for (;;) {
    for (const rpc::WatchUpdate& update : batch) VR_RETURN_IF_ERROR(on_update(update));
    batch.clear();
    std::unique_lock lock(impl_->mutex);
    const auto news = [&] { return impl_->last > position; };
    if (ctx.has_deadline()) {
      impl_->changed.wait_for(lock, ctx.stop(), ctx.Remaining(), news);
    } else {
      impl_->changed.wait(lock, ctx.stop(), news);
    }
    VR_RETURN_IF_ERROR(ctx.Check("watch"));
    if (position + 1 < impl_->first())
      return Error{ErrorKind::kUnavailable, "the watcher is too slow; watch again", {}};
    const auto from = static_cast<std::ptrdiff_t>(position + 1 - impl_->first());
    batch.assign(impl_->log.begin() + from, impl_->log.end());
    position = impl_->last;
  }
}

HubSummary WatchHub::Summary() const {
  const std::lock_guard lock(impl_->mutex);
  HubSummary out{.healthy = impl_->healthy};
  for (const auto& [id, vm] : impl_->vms) {
    switch (vm.power) {
      case rpc::PowerState::kOn:
        ++out.on;
        break;
      case rpc::PowerState::kOff:
        ++out.off;
        break;
      case rpc::PowerState::kSuspended:
        ++out.suspended;
        break;
      case rpc::PowerState::kUnknown:
        ++out.unknown;
        break;
    }
  }
  return out;
}

}  // namespace vr::sdk
