#include "providers/libvirt/storage.h"

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>
#include <utility>
#include <vector>

#include "providers/libvirt/error_map.h"

namespace vr::libvirt {
namespace {

constexpr size_t kChunk = 256UL * 1024;  // one message of libvirt's wire protocol
constexpr int kRefreshAttempts = 600;
constexpr auto kRefreshPause = std::chrono::seconds(1);

std::string ToText(const pugi::xml_document& document) {
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

std::string RenderFolderPool(const std::string& name, const std::string& path) {
  pugi::xml_document document;
  pugi::xml_node pool = document.append_child("pool");
  pool.append_attribute("type") = "dir";
  pool.append_child("name").text() = name.c_str();
  pool.append_child("target").append_child("path").text() = path.c_str();
  return ToText(document);
}

Result<PoolHandle> LookUpPool(virConnectPtr connect, const std::string& name) {
  PoolHandle pool(virStoragePoolLookupByName(connect, name.c_str()));
  if (!pool) return LastError("find storage pool " + name);
  return pool;
}

Result<VolumeHandle> LookUpVolume(virConnectPtr connect, const VolumeRef& ref) {
  VR_ASSIGN_OR_RETURN(const PoolHandle pool, LookUpPool(connect, ref.pool));
  VolumeHandle volume(virStorageVolLookupByName(pool.get(), ref.name.c_str()));
  if (!volume) return LastError("find volume " + ref.name + " in pool " + ref.pool);
  return volume;
}

Result<PoolInfo> DescribePool(virStoragePoolPtr pool, const std::string& name) {
  if (virStoragePoolIsActive(pool) == 0 && virStoragePoolCreate(pool, 0) != 0 &&
      virStoragePoolIsActive(pool) == 0) {
    return LastError("start storage pool " + name);
  }
  const CString xml(virStoragePoolGetXMLDesc(pool, 0));
  pugi::xml_document document;
  if (!xml || !document.load_string(xml.get())) return LastError("read storage pool " + name);
  const pugi::xml_node root = document.child("pool");
  return PoolInfo{.name = name,
                  .type = root.attribute("type").value(),
                  .available_bytes = root.child("available").text().as_llong(-1)};
}

Result<PoolInfo> MakeFolderPool(virConnectPtr connect, const std::string& name,
                                const std::string& path) {
  const std::string what = "make storage pool " + name + " at " + path;
  const PoolHandle pool(virStoragePoolDefineXML(connect, RenderFolderPool(name, path).c_str(), 0));
  if (!pool) return LastError(what);
  if (virStoragePoolBuild(pool.get(), VIR_STORAGE_POOL_BUILD_NEW) != 0) return LastError(what);
  if (virStoragePoolSetAutostart(pool.get(), 1) != 0) return LastError(what);
  return DescribePool(pool.get(), name);
}

Result<std::vector<VolumeHandle>> ListVolumes(virConnectPtr connect, const std::string& pool_name) {
  VR_ASSIGN_OR_RETURN(const PoolHandle pool, LookUpPool(connect, pool_name));
  virStorageVolPtr* list = nullptr;
  const int count = virStoragePoolListAllVolumes(pool.get(), &list, 0);
  if (count < 0) return LastError("list volumes of pool " + pool_name);
  const std::unique_ptr<virStorageVolPtr, Release<std::free>> release(list);
  std::vector<VolumeHandle> volumes;
  for (int i = 0; i < count; ++i) volumes.emplace_back(list[i]);
  return volumes;
}

}  // namespace

std::string RenderVolume(const VolumeSpec& spec) {
  pugi::xml_document document;
  pugi::xml_node volume = document.append_child("volume");
  volume.append_child("name").text() = spec.ref.name.c_str();
  pugi::xml_node capacity = volume.append_child("capacity");
  capacity.append_attribute("unit") = "bytes";
  capacity.text() = static_cast<long long>(spec.capacity_bytes);
  pugi::xml_node allocation = volume.append_child("allocation");
  allocation.append_attribute("unit") = "bytes";
  allocation.text() = 0;
  pugi::xml_node target = volume.append_child("target");
  target.append_child("format").append_attribute("type") = spec.format.c_str();
  if (!spec.backing_path.empty()) {
    pugi::xml_node backing = volume.append_child("backingStore");
    backing.append_child("path").text() = spec.backing_path.c_str();
    backing.append_child("format").append_attribute("type") = spec.backing_format.c_str();
  }
  return ToText(document);
}

VolumeWriter::~VolumeWriter() {
  if (stream_) virStreamAbort(stream_.get());
}

Status VolumeWriter::Write(const Context& ctx, std::string_view bytes) {
  while (!bytes.empty()) {
    VR_RETURN_IF_ERROR(ctx.Check("upload"));
    const int sent = virStreamSend(stream_.get(), bytes.data(), std::min(bytes.size(), kChunk));
    if (sent < 0) return LastError("upload to volume");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Status VolumeWriter::Finish() {
  const StreamHandle stream = std::move(stream_);
  if (virStreamFinish(stream.get()) != 0) return LastError("finish upload to volume");
  return {};
}

Result<PoolInfo> Storage::EnsurePool(const Context& ctx, const std::string& name,
                                     const std::string& path) {
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Result<PoolInfo> {
    const auto pool = LookUpPool(connect, name);
    if (pool) return DescribePool(pool->get(), name);
    if (pool.error().kind != ErrorKind::kNotFound || path.empty()) return pool.error();
    return MakeFolderPool(connect, name, path);
  });
}

Result<std::optional<VolumeInfo>> Storage::Find(const Context& ctx, const VolumeRef& ref) {
  using Found = std::optional<VolumeInfo>;
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Result<Found> {
    const auto volume = LookUpVolume(connect, ref);
    if (!volume && volume.error().kind == ErrorKind::kNotFound) return Found();
    if (!volume) return volume.error();
    const CString xml(virStorageVolGetXMLDesc(volume->get(), 0));
    pugi::xml_document document;
    if (!xml || !document.load_string(xml.get())) return LastError("read volume " + ref.name);
    const pugi::xml_node node = document.child("volume");
    const pugi::xml_node target = node.child("target");
    return Found(VolumeInfo{.path = target.child("path").text().get(),
                            .format = target.child("format").attribute("type").value(),
                            .capacity_bytes = node.child("capacity").text().as_llong()});
  });
}

Result<std::optional<VolumeRef>> Storage::FindByPath(const Context& ctx, const std::string& path) {
  using Found = std::optional<VolumeRef>;
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Result<Found> {
    const VolumeHandle volume(virStorageVolLookupByPath(connect, path.c_str()));
    if (!volume) {
      const Error error = LastError("find the volume at " + path);
      if (error.kind == ErrorKind::kNotFound) return Found();
      return error;
    }
    const PoolHandle pool(virStoragePoolLookupByVolume(volume.get()));
    if (!pool) return LastError("find the pool of " + path);
    return Found(VolumeRef{virStoragePoolGetName(pool.get()), virStorageVolGetName(volume.get())});
  });
}

Status Storage::Create(const Context& ctx, const VolumeSpec& spec) {
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Status {
    VR_ASSIGN_OR_RETURN(const PoolHandle pool, LookUpPool(connect, spec.ref.pool));
    const VolumeHandle volume(virStorageVolCreateXML(pool.get(), RenderVolume(spec).c_str(), 0));
    if (!volume) return LastError("make volume " + spec.ref.name + " in pool " + spec.ref.pool);
    return {};
  });
}

Status Storage::CreateCopy(const Context& ctx, const VolumeSpec& spec, const VolumeRef& source) {
  return connection_.CallBulk(ctx, [&](virConnectPtr connect) -> Status {
    VR_ASSIGN_OR_RETURN(const PoolHandle pool, LookUpPool(connect, spec.ref.pool));
    VR_ASSIGN_OR_RETURN(const VolumeHandle from, LookUpVolume(connect, source));
    const VolumeHandle volume(
        virStorageVolCreateXMLFrom(pool.get(), RenderVolume(spec).c_str(), from.get(), 0));
    if (!volume) return LastError("copy volume " + source.name + " to " + spec.ref.name);
    return {};
  });
}

Result<std::unique_ptr<VolumeWriter>> Storage::Upload(const VolumeRef& ref) {
  VR_ASSIGN_OR_RETURN(const auto connect, connection_.OpenAnother());
  VR_ASSIGN_OR_RETURN(const VolumeHandle volume, LookUpVolume(connect.get(), ref));
  StreamHandle stream(virStreamNew(connect.get(), 0));
  if (!stream || virStorageVolUpload(volume.get(), stream.get(), 0, 0, 0) != 0) {
    return LastError("begin upload to volume " + ref.name);
  }
  return std::make_unique<VolumeWriter>(connect, std::move(stream));
}

// libvirt refuses to look at a pool in which a volume is being copied, by us or by others.
Status Storage::Refresh(const Context& ctx, const std::string& pool_name) {
  for (int attempt = 1;; ++attempt) {
    const Status refreshed = connection_.CallBulk(ctx, [&](virConnectPtr connect) -> Status {
      VR_ASSIGN_OR_RETURN(const PoolHandle pool, LookUpPool(connect, pool_name));
      if (virStoragePoolRefresh(pool.get(), 0) != 0) return LastError("refresh pool " + pool_name);
      return {};
    });
    // No code of its own tells this refusal from others.
    const bool busy =
        !refreshed && refreshed.error().message.find("asynchronous jobs") != std::string::npos;
    if (!busy || attempt == kRefreshAttempts) return refreshed;
    VR_RETURN_IF_ERROR(ctx.Sleep(kRefreshPause));
  }
}

Status Storage::Resize(const Context& ctx, const VolumeRef& ref, int64_t capacity_bytes) {
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Status {
    VR_ASSIGN_OR_RETURN(const VolumeHandle volume, LookUpVolume(connect, ref));
    if (virStorageVolResize(volume.get(), static_cast<unsigned long long>(capacity_bytes), 0) !=
        0) {
      return LastError("resize volume " + ref.name);
    }
    return {};
  });
}

// One call for each volume: a pool may have very many, and others want to call meanwhile.
Result<std::string> Storage::BuiltOn(const Context& ctx, const std::string& pool,
                                     const std::string& path) {
  VR_ASSIGN_OR_RETURN(const auto volumes, connection_.Call(ctx, [&](virConnectPtr connect) {
    return ListVolumes(connect, pool);
  }));
  for (const VolumeHandle& volume : volumes) {
    const auto backing = connection_.Call(ctx, [&](virConnectPtr) -> Result<std::string> {
      const CString xml(virStorageVolGetXMLDesc(volume.get(), 0));
      if (!xml) return LastError("read a volume of pool " + pool);
      pugi::xml_document document;
      document.load_string(xml.get());
      return std::string(document.child("volume").child("backingStore").child("path").text().get());
    });
    if (!backing && backing.error().kind == ErrorKind::kUnavailable) return backing.error();
    if (backing && *backing == path) return std::string(virStorageVolGetName(volume.get()));
  }
  return std::string();
}

Status Storage::Delete(const Context& ctx, const VolumeRef& ref) {
  VR_ASSIGN_OR_RETURN(const auto info, Find(ctx, ref));
  if (!info) return {};
  if (!info->path.empty()) {
    VR_ASSIGN_OR_RETURN(const std::string user, BuiltOn(ctx, ref.pool, info->path));
    if (!user.empty()) {
      return Error{ErrorKind::kConflict,
                   "volume " + ref.name + " is not deleted: volume " + user + " is built on it",
                   {}};
    }
  }
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Status {
    const auto volume = LookUpVolume(connect, ref);
    if (volume && virStorageVolDelete(volume->get(), 0) == 0) return {};
    Error error = volume ? LastError("delete volume " + ref.name) : volume.error();
    return error.kind == ErrorKind::kNotFound ? Status() : Status(std::move(error));
  });
}

}  // namespace vr::libvirt
