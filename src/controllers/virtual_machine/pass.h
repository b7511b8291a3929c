// VmPass: all that one reconcile of a VirtualMachine has read, decided and will write.
#pragma once

#include <memory>
#include <optional>

#include "api/v1beta1.h"
#include "controllers/provider/session.h"
#include "controllers/virtual_machine/plan.h"
#include "controllers/virtual_machine/vm_request.h"

namespace vr::controllers {

// On one worker, for one pass.
struct VmPass {
  explicit VmPass(std::shared_ptr<const api::VirtualMachine> object)
      : before(std::move(object)), after(*before) {}

  const std::shared_ptr<const api::VirtualMachine> before;
  api::VirtualMachine after;  // its status is what will be written
  VmDependencies dependencies;
  std::shared_ptr<ProviderSession> session;  // null without a provider to talk to
  VmDesired desired;
  VmObserved observed;
  std::optional<rpc::VmState> vm;  // as the hypervisor has it
  Action action;
  bool connecting = false;  // the provider was not heard yet: too early to say anything
  bool finished = false;    // the finalizers were written: the status waits for the next pass
};

}  // namespace vr::controllers
