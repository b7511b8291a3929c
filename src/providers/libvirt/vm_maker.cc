#include "providers/libvirt/vm_maker.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "providers/libvirt/error_map.h"

namespace vr::libvirt {
namespace {

constexpr auto kUndoTimeout = std::chrono::seconds(60);

Status UploadNew(Storage& storage, const Context& ctx, const VolumeRef& ref,
                 const std::string& bytes) {
  VR_RETURN_IF_ERROR(storage.Create(ctx, {.ref = ref,
                                          .format = "raw",
                                          .capacity_bytes = static_cast<int64_t>(bytes.size()),
                                          .backing_path = "",
                                          .backing_format = ""}));
  VR_ASSIGN_OR_RETURN(const auto writer, storage.Upload(ref));
  VR_RETURN_IF_ERROR(writer->Write(ctx, bytes));
  return writer->Finish();
}

}  // namespace

// A pool that the user names must exist; only the default one is made.
Result<PoolInfo> VmMaker::ChoosePool(const Context& ctx, const sdk::VmSpec& spec) {
  for (const std::string& named : {spec.placement.storage_pool, spec.image.storage_pool}) {
    if (!named.empty() && named != pool_.name) return storage_.EnsurePool(ctx, named, "");
  }
  return storage_.EnsurePool(ctx, pool_.name, pool_.path);
}

Status VmMaker::Make(const Context& ctx, const sdk::VmSpec& spec, const std::string& uuid,
                     sdk::TaskProgress& progress) {
  VR_ASSIGN_OR_RETURN(const auto found, inventory_.View(ctx, uuid));
  if (found && !found->owner.creating) return {};  // an earlier task made it
  VR_ASSIGN_OR_RETURN(const PoolInfo pool, ChoosePool(ctx, spec));
  VR_ASSIGN_OR_RETURN(const HostTraits host, host_.Get(ctx));
  VR_ASSIGN_OR_RETURN(const VmPlan plan, MakeVmPlan(spec, uuid, pool, host));
  VR_ASSIGN_OR_RETURN(const CachedImage image, images_.Ensure(ctx, spec.image, pool, progress));
  if (found) VR_RETURN_IF_ERROR(Unmake(ctx, *found, Disks::kDelete));
  VR_RETURN_IF_ERROR(CheckNamesAreFree(ctx, plan));
  progress.Report(90, "making the disks");
  VR_RETURN_IF_ERROR(Define(ctx, plan.domain));
  Status made = MakeVolumes(ctx, plan, image);
  if (made) made = MarkComplete(ctx, plan.domain);
  if (made) return {};
  const Context undo = Context({}, ctx.clock()).WithTimeout(kUndoTimeout);
  DomainView half;
  half.uuid = uuid;
  half.owner = plan.domain.owner;
  const Status undone = Unmake(undo, half, Disks::kDelete);
  if (!undone) {
    LogWarn(ctx, "cannot undo a failed create", {{"id", uuid}, {"error", undone.error().message}});
  }
  return made;
}

// What has the name of one of our volumes before we begin is somebody else's, or was kept when a VM
// was deleted: it is neither used nor, by undoing, deleted.
Status VmMaker::CheckNamesAreFree(const Context& ctx, const VmPlan& plan) {
  for (const VolumeRef& volume : plan.domain.owner.volumes) {
    VR_ASSIGN_OR_RETURN(const auto taken, storage_.Find(ctx, volume));
    if (!taken) continue;
    return Error{ErrorKind::kConflict,
                 "there is a volume " + volume.name + " in pool " + volume.pool +
                     " already, which is not of this VM: rename or delete it",
                 {}};
  }
  return {};
}

Status VmMaker::Define(const Context& ctx, const DomainSpec& spec) {
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Status {
    const DomainHandle domain(virDomainDefineXMLFlags(connect, RenderDomain(spec).c_str(), 0));
    if (!domain) return LastError("define domain " + spec.name);
    return {};
  });
}

Status VmMaker::MakeRoot(const Context& ctx, const VmPlan& plan, const CachedImage& image) {
  const int64_t capacity = std::max(plan.root_min_bytes, image.info.capacity_bytes);
  VolumeSpec spec{.ref = plan.root,
                  .format = plan.root_format,
                  .capacity_bytes = capacity,
                  .backing_path = "",
                  .backing_format = ""};
  if (plan.root_is_overlay) {
    spec.backing_path = image.info.path;
    spec.backing_format = image.info.format;
    return storage_.Create(ctx, spec);
  }
  spec.capacity_bytes = image.info.capacity_bytes;
  VR_RETURN_IF_ERROR(storage_.CreateCopy(ctx, spec, image.volume));
  if (capacity == image.info.capacity_bytes) return {};
  return storage_.Resize(ctx, plan.root, capacity);
}

Status VmMaker::MakeVolumes(const Context& ctx, const VmPlan& plan, const CachedImage& image) {
  VR_RETURN_IF_ERROR(MakeRoot(ctx, plan, image));
  for (const DataDisk& disk : plan.data_disks) {
    VR_RETURN_IF_ERROR(storage_.Create(ctx, {.ref = disk.volume,
                                             .format = disk.format,
                                             .capacity_bytes = disk.size_bytes,
                                             .backing_path = "",
                                             .backing_format = ""}));
  }
  return UploadNew(storage_, ctx, plan.seed, plan.seed_image);
}

Status VmMaker::MarkComplete(const Context& ctx, const DomainSpec& spec) {
  Owner owner = spec.owner;
  owner.creating = false;
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Status {
    VR_ASSIGN_OR_RETURN(const DomainHandle domain, LookUpDomain(connect, spec.uuid));
    if (virDomainSetMetadata(domain.get(), VIR_DOMAIN_METADATA_ELEMENT, OwnerXml(owner).c_str(),
                             kOwnerPrefix, kOwnerNamespace, VIR_DOMAIN_AFFECT_CONFIG) != 0) {
      return LastError("mark domain " + spec.name + " as complete");
    }
    return {};
  });
}

Status VmMaker::Undefine(const Context& ctx, const std::string& uuid) {
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Status {
    const auto domain = LookUpDomain(connect, uuid);
    if (!domain) {
      return domain.error().kind == ErrorKind::kNotFound ? Status() : domain.error();
    }
    constexpr unsigned kAll = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE |
                              VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
                              VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;
    if (virDomainUndefineFlags(domain->get(), kAll) == 0) return {};
    Error error = LastError("undefine domain " + uuid);
    // A driver that does not know one of the flags has nothing of the kind that it stands for.
    if (error.kind == ErrorKind::kInvalidSpec && virDomainUndefine(domain->get()) == 0) return {};
    return error.kind == ErrorKind::kNotFound ? Status() : Status(std::move(error));
  });
}

Status VmMaker::Unmake(const Context& ctx, const DomainView& view, Disks disks) {
  VR_RETURN_IF_ERROR(connection_.Call(ctx, [&](virConnectPtr connect) -> Status {
    const auto domain = LookUpDomain(connect, view.uuid);
    if (!domain) {
      return domain.error().kind == ErrorKind::kNotFound ? Status() : domain.error();
    }
    if (virDomainIsActive(domain->get()) != 1 || virDomainDestroy(domain->get()) == 0) return {};
    Error error = LastError("stop domain " + view.name);
    return virDomainIsActive(domain->get()) == 1 ? Status(std::move(error)) : Status();
  }));
  if (disks == Disks::kDelete) {
    for (const VolumeRef& volume : view.owner.volumes) {
      const Status deleted = storage_.Delete(ctx, volume);
      if (!deleted && deleted.error().kind != ErrorKind::kNotFound) return deleted;
    }
  }
  return Undefine(ctx, view.uuid);  // last: until then, its mark says what is left
}

}  // namespace vr::libvirt
