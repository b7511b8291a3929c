// Manager: caches, controllers, provider processes and sessions, started and stopped in order.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/context.h"
#include "kube/client.h"
#include "kube/events.h"
#include "obs/metrics.h"
#include "obs/trace.h"
#include "resilience/config.h"

namespace vr::controllers {

struct Stores;

struct ManagerOptions {
  std::string ns;                     // watch this namespace alone; empty: all
  std::filesystem::path program_dir;  // holds virtrigaud-provider-TYPE
  std::filesystem::path state_dir;    // of the provider processes
  std::map<std::string, std::string> child_environment;
  resilience::Config resilience;
  int vm_workers = 10;
  int provider_workers = 2;
};

// Threads: one for each watched kind, the workers of each controller, those of the provider
// processes and sessions. Start and Stop are called by one thread; Work and StopWork by any.
class Manager {
 public:
  // All outlive the manager.
  struct Deps {
    const kube::Client& client;
    kube::EventRecorder& events;
    obs::Registry& metrics;
    const Clock& clock;
    const obs::Tracer& tracer;
  };

  Manager(ManagerOptions options, const Deps& deps);
  ~Manager();  // Stop()
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // Fills the caches; returns once the first lists are complete, or with the context's error.
  Status Start(const Context& ctx);
  // The caches, as long as the manager lives.
  const Stores& stores() const;
  // True while the caches are complete.
  bool Synced() const;
  // Begins to reconcile; after Start, by the leader alone.
  void Work();
  // Ends the workers, then the sessions and provider processes. What it lets go is picked up by
  // the next leader.
  void StopWork();
  // StopWork, and the watches last.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vr::controllers
