// UnservedKinds: kinds that the API has and that nothing acts on yet. Their objects say so.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kube/client.h"
#include "obs/metrics.h"

namespace vr::controllers {

// Sets Ready=False, NotImplemented on every object of VMSnapshot, VMClone, VMSet,
// VMPlacementPolicy, VMMigration and VMTemplate, so that none of them is ignored in silence.
// A kind leaves this list with the change that brings its controller.
// Threads: one that watches and one that writes for each kind. Used like Manager.
class UnservedKinds {
 public:
  // All outlive it. `ns`: watch this namespace alone; empty: all.
  struct Deps {
    const kube::Client& client;
    obs::Registry& metrics;
    const Clock& clock;
  };
  UnservedKinds(const Deps& deps, const std::string& ns);
  ~UnservedKinds();
  UnservedKinds(const UnservedKinds&) = delete;
  UnservedKinds& operator=(const UnservedKinds&) = delete;

  void Watch();
  void Work();
  void StopWork();
  void Stop();  // StopWork, and the watches

  class Kind;

 private:
  std::vector<std::unique_ptr<Kind>> kinds_;
};

}  // namespace vr::controllers
