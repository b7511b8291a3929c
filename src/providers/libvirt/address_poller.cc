#include "providers/libvirt/address_poller.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "base/backoff.h"

namespace vr::libvirt {
namespace {

constexpr auto kOncePer = std::chrono::seconds(60);
constexpr auto kCallTimeout = std::chrono::seconds(30);
constexpr BackoffPolicy kUntilKnown{
    .base = std::chrono::seconds(1), .max = kOncePer, .multiplier = 1.5, .jitter = 0};
constexpr BackoffPolicy kSilentAgent{
    .base = std::chrono::seconds(5), .max = std::chrono::minutes(10), .jitter = 0};

}  // namespace

AddressPoller::AddressPoller(Query query, AddressBook& book, const Clock& clock,
                             ChangedHook on_changed)
    : query_(std::move(query)), book_(book), clock_(clock), on_changed_(std::move(on_changed)) {}

AddressPoller::~AddressPoller() { Stop(); }

void AddressPoller::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
  pthread_setname_np(thread_.native_handle(), "libvirt-address");
}

void AddressPoller::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void AddressPoller::Watch(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  if (polls_.try_emplace(uuid, Poll{.due = clock_.Now(), .agent_due = {}}).second) {
    changed_.notify_all();
  }
}

void AddressPoller::WatchOnly(const std::set<std::string>& uuids) {
  const std::lock_guard lock(mutex_);
  for (const auto& [uuid, poll] : polls_) {
    if (!uuids.contains(uuid)) book_.Forget(uuid);
  }
  polls_.clear();
  for (const std::string& uuid : uuids) polls_[uuid] = Poll{.due = clock_.Now(), .agent_due = {}};
  changed_.notify_all();
}

void AddressPoller::Forget(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  polls_.erase(uuid);
  book_.Forget(uuid);
}

void AddressPoller::AskNow(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  const auto found = polls_.find(uuid);
  if (found == polls_.end()) return;
  found->second = Poll{.due = clock_.Now(), .agent_due = {}};
  changed_.notify_all();
}

TimePoint AddressPoller::NextDue() const {
  TimePoint next = TimePoint::max();
  for (const auto& [uuid, poll] : polls_) next = std::min(next, poll.due);
  return next;
}

// The domain that has waited longest; nothing when stopped.
std::optional<AddressPoller::Turn> AddressPoller::NextTurn(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!clock_.WaitUntil(lock, changed_, stop, NextDue(),
                           [&] { return NextDue() <= clock_.Now(); })) {
    if (stop.stop_requested()) return std::nullopt;
  }
  const auto turn =
      std::min_element(polls_.begin(), polls_.end(),
                       [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
  turn->second.due = TimePoint::max();
  return Turn{turn->first, turn->second.agent_due <= clock_.Now()};
}

void AddressPoller::Run(std::stop_token stop) {
  while (const std::optional<Turn> turn = NextTurn(stop)) {
    const Context ctx = Context(stop, clock_).WithTimeout(kCallTimeout);
    if (Note(*turn, query_(ctx, turn->uuid, turn->ask_agent))) on_changed_(turn->uuid);
  }
}

// True if the addresses are others than before.
bool AddressPoller::Note(const Turn& turn, const Result<AddressReport>& report) {
  const std::lock_guard lock(mutex_);
  const auto found = polls_.find(turn.uuid);
  if (found == polls_.end()) return false;  // switched off meanwhile
  if (!report && report.error().kind == ErrorKind::kNotFound) {
    polls_.erase(found);
    book_.Forget(turn.uuid);
    return false;
  }
  // Otherwise asked for again meanwhile.
  if (found->second.due == TimePoint::max()) Schedule(found->second, report);
  if (!report) return false;
  const AddressesByMac before = book_.Get(turn.uuid);
  AddressesByMac merged = MergeAddresses(*report, before);
  if (merged == before) return false;
  book_.Put(turn.uuid, std::move(merged));
  return true;
}

void AddressPoller::Schedule(Poll& poll, const Result<AddressReport>& report) const {
  const TimePoint now = clock_.Now();
  if (report && report->all_known) {
    poll.failures = 0;
    poll.due = now + kOncePer;
  } else {
    poll.due = now + BackoffDelay(kUntilKnown, ++poll.failures);
  }
  if (report && report->agent) poll.agent_failures = 0;
  if (report && report->agent_silent) {
    poll.agent_due = now + BackoffDelay(kSilentAgent, ++poll.agent_failures);
  }
}

}  // namespace vr::libvirt
