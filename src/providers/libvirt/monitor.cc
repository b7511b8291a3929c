#include "providers/libvirt/monitor.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.h"
#include "providers/libvirt/error_map.h"

namespace vr::libvirt {
namespace {

constexpr BackoffPolicy kRetryBackoff{.base = std::chrono::seconds(1), .jitter = 0};
constexpr auto kCallTimeout = std::chrono::seconds(30);

// libvirt takes a callback of any signature as this type and casts it back by the event's id.
template <class Callback>
virConnectDomainEventGenericCallback Generic(Callback callback) {
  return reinterpret_cast<virConnectDomainEventGenericCallback>(
      reinterpret_cast<void (*)()>(callback));
}

}  // namespace

void Monitor::Inbox::Note(virDomainPtr domain) {
  const std::string uuid = UuidOf(domain);
  views->Forget(uuid);
  const std::lock_guard lock(mutex);
  dirty.insert(uuid);
  changed.notify_all();
}

void Monitor::Inbox::NoteAndAsk(virDomainPtr domain) {
  Note(domain);
  const std::lock_guard lock(mutex);
  ask.insert(UuidOf(domain));
  changed.notify_all();
}

Monitor::Monitor(Inventory& inventory, std::shared_ptr<ViewCache> views, AddressBook& addresses,
                 sdk::WatchHub& hub, const Clock& clock)
    : inventory_(inventory),
      hub_(hub),
      clock_(clock),
      inbox_(std::make_shared<Inbox>()),
      poller_(
          [&inventory](const Context& ctx, const std::string& uuid, bool ask_agent) {
            return inventory.AskForAddresses(ctx, uuid, ask_agent);
          },
          addresses, clock, [this](const std::string& uuid) { Touch(uuid); }) {
  inbox_->views = std::move(views);
}

Monitor::~Monitor() { Stop(); }

void Monitor::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
  pthread_setname_np(thread_.native_handle(), "libvirt-monitor");
  poller_.Start();
}

void Monitor::Stop() {
  DeregisterEvents();
  poller_.Stop();
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

Status Monitor::RegisterEvents(virConnectPtr connect) {
  virConnectRef(connect);
  events_of_.reset(connect);
  using Sink = std::shared_ptr<Inbox>;
  // One signature for each kind of event; all of them say no more than "this domain
  // changed", and some that its addresses may have.
  const auto lifecycle = [](virConnectPtr, virDomainPtr domain, int, int, void* opaque) {
    (*static_cast<Sink*>(opaque))->Note(domain);
    return 0;
  };
  const auto agent = [](virConnectPtr, virDomainPtr domain, int, int, void* opaque) {
    (*static_cast<Sink*>(opaque))->NoteAndAsk(domain);
  };
  const auto plain = [](virConnectPtr, virDomainPtr domain, void* opaque) {
    (*static_cast<Sink*>(opaque))->NoteAndAsk(domain);
  };
  const auto device = [](virConnectPtr, virDomainPtr domain, const char*, void* opaque) {
    (*static_cast<Sink*>(opaque))->NoteAndAsk(domain);
  };
  const auto metadata = [](virConnectPtr, virDomainPtr domain, int, const char*, void* opaque) {
    (*static_cast<Sink*>(opaque))->Note(domain);
  };
  const std::array<std::pair<int, virConnectDomainEventGenericCallback>, 6> wanted = {{
      {VIR_DOMAIN_EVENT_ID_LIFECYCLE, Generic(+lifecycle)},
      {VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, Generic(+agent)},
      {VIR_DOMAIN_EVENT_ID_REBOOT, Generic(+plain)},
      {VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, Generic(+device)},
      {VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, Generic(+device)},
      {VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, Generic(+metadata)},
  }};
  for (const auto& [id, callback] : wanted) {
    auto sink = std::make_unique<Sink>(inbox_);
    const int registered =
        virConnectDomainEventRegisterAny(connect, nullptr, id, callback, sink.get(),
                                         [](void* opaque) { delete static_cast<Sink*>(opaque); });
    if (registered < 0) return LastError("register for libvirt's events");
    callbacks_.push_back(registered);
    sink.release();  // NOLINT(bugprone-unused-return-value): libvirt owns it now
  }
  return {};
}

// Each callback holds the connection open, even one that is dead.
void Monitor::DeregisterEvents() {
  for (const int id : std::exchange(callbacks_, {})) {
    virConnectDomainEventDeregisterAny(events_of_.get(), id);
  }
  events_of_.reset();
}

Status Monitor::OnConnected(virConnectPtr connect) {
  VR_RETURN_IF_ERROR(RegisterEvents(connect));
  inbox_->views->Clear();
  const std::lock_guard lock(inbox_->mutex);
  inbox_->resync = true;
  inbox_->changed.notify_all();
  return {};
}

void Monitor::OnLost(const Error& error) {
  DeregisterEvents();
  hub_.PublishHealth(false, error.message);
}

void Monitor::Touch(const std::string& uuid) {
  inbox_->views->Forget(uuid);
  const std::lock_guard lock(inbox_->mutex);
  inbox_->dirty.insert(uuid);
  inbox_->changed.notify_all();
}

// Every look has its own deadline: one that waited in vain for a call slot must not end the others.
void Monitor::Run(std::stop_token stop) {
  const auto deadline = [&] { return Context(stop, clock_).WithTimeout(kCallTimeout); };
  while (!stop.stop_requested()) {
    std::set<std::string> dirty;
    std::set<std::string> ask;
    bool resync = false;
    {
      Inbox& inbox = *inbox_;
      std::unique_lock lock(inbox.mutex);
      clock_.WaitUntil(lock, inbox.changed, stop, resync_due_,
                       [&] { return inbox.resync || !inbox.dirty.empty() || !inbox.ask.empty(); });
      dirty.swap(inbox.dirty);
      ask.swap(inbox.ask);
      resync = std::exchange(inbox.resync, false) || resync_due_ <= clock_.Now();
    }
    if (stop.stop_requested()) return;
    if (resync) Resync(deadline());
    for (const std::string& uuid : dirty) {
      if (!Look(deadline(), uuid)) break;  // the look at everything that is due now sees the rest
    }
    for (const std::string& uuid : ask) poller_.AskNow(uuid);
  }
}

// What was missed is seen by a look at everything.
void Monitor::ResyncLater() {
  resync_due_ = clock_.Now() + BackoffDelay(kRetryBackoff, ++failed_looks_);
}

void Monitor::Resync(const Context& ctx) {
  const auto all = inventory_.List(ctx);
  if (!all) {
    LogWarn(ctx, "cannot list the domains", {{"error", all.error().message}});
    ResyncLater();
    return;
  }
  resync_due_ = TimePoint::max();
  failed_looks_ = 0;
  owners_.clear();
  std::set<std::string> running;
  std::vector<sdk::VmState> states;
  for (const Observed& observed : *all) {
    if (observed.creating) continue;
    states.push_back(observed.state);
    owners_[observed.state.id] = observed.state.owner_uid;
    if (observed.wants_addresses) running.insert(observed.state.id);
  }
  poller_.WatchOnly(running);
  hub_.Reset(states);
  hub_.PublishHealth(true, "");
}

void Monitor::Publish(const Observed& observed) {
  const std::string& uuid = observed.state.id;
  if (observed.state.power == sdk::PowerState::kOff) poller_.Forget(uuid);
  if (observed.creating) return;
  if (observed.wants_addresses) poller_.Watch(uuid);
  owners_[uuid] = observed.state.owner_uid;
  hub_.PublishVm(observed.state);
}

// False if it could not be asked.
bool Monitor::Look(const Context& ctx, const std::string& uuid) {
  const auto observed = inventory_.Observe(ctx, uuid);
  if (!observed) {
    LogWarn(ctx, "cannot look at a domain", {{"id", uuid}, {"error", observed.error().message}});
    ResyncLater();
    return false;
  }
  if (!*observed) {
    poller_.Forget(uuid);
    const auto owner = owners_.find(uuid);
    hub_.PublishGone(uuid, owner == owners_.end() ? "" : owner->second);
    owners_.erase(uuid);
    return true;
  }
  Publish(**observed);
  return true;
}

}  // namespace vr::libvirt
