// The libvirt provider: sdk::Provider on libvirt's C API.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "net/http.h"
#include "providers/libvirt/connection.h"
#include "providers/libvirt/event_loop.h"
#include "providers/libvirt/vm_maker.h"
#include "sdk/provider.h"
#include "sdk/task_runner.h"
#include "sdk/watch_hub.h"

namespace vr::libvirt {

class Monitor;

struct ProviderOptions {
  ConnectionOptions connection = {};
  PoolChoice pool = {};
};

// Threads: those of Connection and Monitor; methods may be called from any.
class LibvirtProvider final : public sdk::Provider {
 public:
  struct Deps {
    EventLoop& loop;
    sdk::TaskRunner& tasks;
    sdk::WatchHub& hub;
    net::HttpClient* http;  // for images behind URLs; may be null
    const Clock& clock;
  };
  LibvirtProvider(ProviderOptions options, const Deps& deps);
  ~LibvirtProvider() override;

  // Begins to connect; returns at once.
  void Start();
  // Gives the connection up. Calls after it answer kUnavailable.
  void Stop();

  Result<sdk::ValidateResult> Validate(const Context& ctx) override;
  Result<sdk::Capabilities> GetCapabilities(const Context& ctx) override;
  Result<sdk::CreateResult> Create(const Context& ctx, const sdk::CreateRequest& request) override;
  Result<sdk::TaskRef> Delete(const Context& ctx, const sdk::DeleteRequest& request) override;
  Result<sdk::TaskRef> Power(const Context& ctx, const sdk::PowerRequest& request) override;
  // CPUs and memory, while it is off.
  Result<sdk::TaskRef> Reconfigure(const Context& ctx,
                                   const sdk::ReconfigureRequest& request) override;
  Result<sdk::DescribeResult> Describe(const Context& ctx, const std::string& id) override;
  Result<std::vector<sdk::VmState>> ListVms(const Context& ctx) override;

 private:
  struct Existing {
    std::string id;
    bool complete = false;
  };
  // The VM of this owner if there is one; kConflict if another VM has its name.
  Result<std::optional<Existing>> FindOwned(const Context& ctx, const sdk::VmSpec& spec);

  // That there is such a VM, that it is this owner's (empty: anybody's), and completely made.
  static Status CheckOwner(const std::optional<DomainView>& view, const std::string& id,
                           const std::string& owner_uid);

  Deps deps_;
  Connection connection_;
  std::shared_ptr<ViewCache> views_;
  AddressBook addresses_;
  Inventory inventory_;
  Storage storage_;
  ImageStore images_;
  HostProbe host_;
  VmMaker maker_;
  std::unique_ptr<Monitor> monitor_;
};

}  // namespace vr::libvirt
