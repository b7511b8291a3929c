// Makes one VM: image, domain, volumes, in an order that survives being killed anywhere.
#pragma once

#include <string>

#include "base/context.h"
#include "base/result.h"
#include "providers/libvirt/connection.h"
#include "providers/libvirt/image_store.h"
#include "providers/libvirt/inventory.h"
#include "providers/libvirt/storage.h"
#include "providers/libvirt/vm_plan.h"
#include "sdk/provider.h"
#include "sdk/task_runner.h"

namespace vr::libvirt {

struct PoolChoice {
  std::string name = "default";
  std::string path = "/var/lib/libvirt/images";  // made there if there is no pool of that name
};

// Thread-safe. The domain is defined before its volumes are made, marked "creating" and with the
// list of them: whatever interrupts us, the next Make or a Delete finds all that there is.
class VmMaker {
 public:
  VmMaker(Connection& connection, Storage& storage, ImageStore& images, Inventory& inventory,
          HostProbe& host, PoolChoice pool)
      : connection_(connection),
        storage_(storage),
        images_(images),
        inventory_(inventory),
        host_(host),
        pool_(std::move(pool)) {}

  // Makes the domain `uuid`, or completes it. Undoes its own steps if one of them fails.
  Status Make(const Context& ctx, const sdk::VmSpec& spec, const std::string& uuid,
              sdk::TaskProgress& progress);

  // Stops a domain, deletes the volumes that we made for it (unless they are kept), and undefines
  // it. What is gone already is fine.
  enum class Disks { kDelete, kKeep };
  Status Unmake(const Context& ctx, const DomainView& view, Disks disks);

 private:
  Result<PoolInfo> ChoosePool(const Context& ctx, const sdk::VmSpec& spec);
  Status CheckNamesAreFree(const Context& ctx, const VmPlan& plan);
  Status Define(const Context& ctx, const DomainSpec& spec);
  Status MakeVolumes(const Context& ctx, const VmPlan& plan, const CachedImage& image);
  Status MakeRoot(const Context& ctx, const VmPlan& plan, const CachedImage& image);
  Status MarkComplete(const Context& ctx, const DomainSpec& spec);
  Status Undefine(const Context& ctx, const std::string& uuid);

  Connection& connection_;
  Storage& storage_;
  ImageStore& images_;
  Inventory& inventory_;
  HostProbe& host_;
  const PoolChoice pool_;
};

}  // namespace vr::libvirt
