// Turns libvirt's events into updates of the Watch stream.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/context.h"
#include "providers/libvirt/address_poller.h"
#include "providers/libvirt/connection.h"
#include "providers/libvirt/inventory.h"
#include "sdk/watch_hub.h"

namespace vr::libvirt {

// Thread-safe; one thread of its own, and that of the AddressPoller. Event callbacks only note
// which domain changed. At rest the thread sleeps.
class Monitor {
 public:
  Monitor(Inventory& inventory, std::shared_ptr<ViewCache> views, AddressBook& addresses,
          sdk::WatchHub& hub, const Clock& clock);
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  void Start();
  void Stop();  // after Connection::Stop
  // The hooks of Connection.
  Status OnConnected(virConnectPtr connect);
  void OnLost(const Error& error);
  // The domain is looked at again soon.
  void Touch(const std::string& uuid);

 private:
  // What the event callbacks may touch; outlives this object for as long as libvirt needs it.
  struct Inbox {
    std::mutex mutex;  // guards all below
    std::condition_variable_any changed;
    std::set<std::string> dirty;
    std::set<std::string> ask;  // whose addresses may be others now
    bool resync = false;
    std::shared_ptr<ViewCache> views;

    void Note(virDomainPtr domain);
    void NoteAndAsk(virDomainPtr domain);
  };

  Status RegisterEvents(virConnectPtr connect);
  void DeregisterEvents();
  void Run(std::stop_token stop);
  void Resync(const Context& ctx);
  void ResyncLater();
  bool Look(const Context& ctx, const std::string& uuid);
  void Publish(const Observed& observed);

  Inventory& inventory_;
  sdk::WatchHub& hub_;
  const Clock& clock_;
  const std::shared_ptr<Inbox> inbox_;
  // Of the connection's thread, and of Stop once that has ended.
  ConnectHandle events_of_;
  std::vector<int> callbacks_;
  TimePoint resync_due_ = TimePoint::max();    // of the thread alone, as all below
  int failed_looks_ = 0;                       // since the last look at everything
  std::map<std::string, std::string> owners_;  // uuid -> owner of what was published
  AddressPoller poller_;
  std::jthread thread_;
};

}  // namespace vr::libvirt
