#include "controllers/provider/session.h"

#include <pthread.h>

#include <utility>

#include "base/backoff.h"
#include "base/log.h"

namespace vr::controllers {
namespace {

constexpr auto kPollInterval = std::chrono::seconds(30);
constexpr auto kAskTimeout = std::chrono::seconds(10);
// Short at first: a local provider takes a moment to listen.
constexpr BackoffPolicy kReconnect{.base = std::chrono::milliseconds(100),
                                   .max = std::chrono::seconds(15),
                                   .multiplier = 2.0,
                                   .jitter = 0.2};

}  // namespace

ProviderSession::ProviderSession(kube::Key provider, std::unique_ptr<rpc::ProviderClient> client,
                                 SessionListener listener, const Clock& clock)
    : provider_(std::move(provider)),
      client_(std::move(client)),
      listener_(std::move(listener)),
      clock_(clock),
      observed_([this](const std::string& uid) { listener_.on_vm(provider_, uid); },
                [this](bool healthy, const std::string& message) { SetHealth(healthy, message); }),
      thread_([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), ("watch-" + provider_.name).substr(0, 15).c_str());
        Run(stop);
      }) {}

ProviderSession::~ProviderSession() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

SessionHealth ProviderSession::health() const {
  const std::scoped_lock lock(mutex_);
  return health_;
}

std::shared_ptr<const rpc::Capabilities> ProviderSession::capabilities() const {
  const std::scoped_lock lock(mutex_);
  return capabilities_;
}

void ProviderSession::SetHealth(bool healthy, const std::string& message) {
  {
    const std::scoped_lock lock(mutex_);
    SessionHealth now{.known = true, .healthy = healthy, .message = message};
    if (now == health_) return;
    health_ = std::move(now);
  }
  listener_.on_change(provider_);
}

// What changes while no stream runs is not told later.
void ProviderSession::ForgetTasks() {
  const std::scoped_lock lock(mutex_);
  tasks_.clear();
  task_order_.clear();
}

void ProviderSession::Run(const std::stop_token& stop) {
  const Context ctx = Context(stop, clock_).WithField("provider", provider_.ToString());
  const RandomUnit random = MakeRandomUnit();
  int failures = 0;
  while (ctx.Check()) {
    const TimePoint started = clock_.Now();
    const Status ended = Connect(ctx);
    observed_.MarkStale();
    ForgetTasks();
    if (!ctx.Check()) return;
    constexpr auto kHealthyRun = std::chrono::seconds(10);
    failures = clock_.Now() - started > kHealthyRun ? 1 : failures + 1;
    const std::string message = ended ? "the provider ended the stream" : ended.error().message;
    LogInfo(ctx, "Provider connection ended", {{"reason", message}});
    // A stream that a provider ends in good order is reopened before anybody calls it sick.
    if (!ended || failures > 1) SetHealth(false, message);
    if (!ctx.Sleep(BackoffDelay(kReconnect, failures, random))) return;
  }
}

Status ProviderSession::Connect(const Context& ctx) {
  VR_ASSIGN_OR_RETURN(rpc::Capabilities capabilities,
                      client_->GetCapabilities(ctx.WithTimeout(kAskTimeout)));
  const bool watches = capabilities.watch;
  {
    const std::scoped_lock lock(mutex_);
    capabilities_ = std::make_shared<const rpc::Capabilities>(std::move(capabilities));
  }
  listener_.on_change(provider_);
  if (!watches) return Poll(ctx);
  return client_->Watch(ctx, observed_.resume_token(), [this](const rpc::WatchUpdate& update) {
    Hear(update);
    return Status();
  });
}

void ProviderSession::Hear(const rpc::WatchUpdate& update) {
  observed_.Apply(update);
  if (update.kind != rpc::WatchUpdate::Kind::kTask) return;
  Remember(update.task_id, update.task);
  if (update.task.done) listener_.on_task_done(provider_, update.task_id);
}

void ProviderSession::Remember(const std::string& task_id, const rpc::TaskState& state) {
  constexpr size_t kMostTasks = 4096;
  const std::scoped_lock lock(mutex_);
  if (tasks_.insert_or_assign(task_id, state).second) task_order_.push_back(task_id);
  if (task_order_.size() <= kMostTasks) return;
  tasks_.erase(task_order_.front());
  task_order_.pop_front();
}

std::optional<rpc::TaskState> ProviderSession::TaskUpdate(const std::string& task_id) const {
  const std::scoped_lock lock(mutex_);
  const auto it = tasks_.find(task_id);
  return it == tasks_.end() ? std::nullopt : std::optional(it->second);
}

Status ProviderSession::Poll(const Context& ctx) {
  while (true) {
    VR_ASSIGN_OR_RETURN(const rpc::ValidateResult answer,
                        client_->Validate(ctx.WithTimeout(kAskTimeout)));
    SetHealth(answer.ok, answer.message);
    VR_RETURN_IF_ERROR(ctx.Sleep(kPollInterval));
  }
}

}  // namespace vr::controllers
