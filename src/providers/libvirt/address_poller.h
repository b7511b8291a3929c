// Looks for the addresses of running guests, which no event tells.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/context.h"
#include "providers/libvirt/addresses.h"

namespace vr::libvirt {

// Thread-safe; one thread of its own ("libvirt-address"), because a guest agent that does not
// answer takes two seconds and nothing else may wait for it. A new guest is asked about often until
// each of its interfaces has an address, then once a minute. An agent that stays silent is asked
// ever less often, up to ten minutes, so that many of them do not fill the thread's time.
class AddressPoller {
 public:
  // Asks about one domain. kNotFound ends its being watched.
  using Query = std::function<Result<AddressReport>(const Context& ctx, const std::string& uuid,
                                                    bool ask_agent)>;
  // Runs on the poller's thread after the addresses of a domain in the book have changed.
  using ChangedHook = std::function<void(const std::string& uuid)>;

  AddressPoller(Query query, AddressBook& book, const Clock& clock, ChangedHook on_changed);
  ~AddressPoller();
  AddressPoller(const AddressPoller&) = delete;
  AddressPoller& operator=(const AddressPoller&) = delete;

  void Start();
  void Stop();

  // The domain runs; if that is new, it is asked about at once.
  void Watch(const std::string& uuid);
  // These run and no others; all are asked about at once, because events may have been missed.
  void WatchOnly(const std::set<std::string>& uuids);
  // It does not run: its addresses are forgotten.
  void Forget(const std::string& uuid);
  // Something happened to a watched domain (its agent came up, it rebooted): at once, as if new.
  void AskNow(const std::string& uuid);

 private:
  struct Poll {
    TimePoint due;  // max() while it is being asked about
    int failures = 0;
    TimePoint agent_due;
    int agent_failures = 0;
  };
  struct Turn {
    std::string uuid;
    bool ask_agent = true;
  };

  void Run(std::stop_token stop);
  std::optional<Turn> NextTurn(const std::stop_token& stop);
  TimePoint NextDue() const;
  bool Note(const Turn& turn, const Result<AddressReport>& report);
  void Schedule(Poll& poll, const Result<AddressReport>& report) const;

  const Query query_;
  AddressBook& book_;
  const Clock& clock_;
  const ChangedHook on_changed_;
  std::mutex mutex_;  // guards polls_
  std::condition_variable_any changed_;
  std::map<std::string, Poll> polls_;  // the domains that run, by UUID
  std::jthread thread_;
};

}  // namespace vr::libvirt
