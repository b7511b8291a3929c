// Pools and volumes, through libvirt's storage API only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/result.h"
#include "providers/libvirt/connection.h"
#include "providers/libvirt/handles.h"
#include "providers/libvirt/owner.h"

namespace vr::libvirt {

struct PoolInfo {
  std::string name;
  std::string type;              // "dir", "logical", ...
  int64_t available_bytes = -1;  // -1: libvirt does not say
  bool holds_files() const { return type == "dir" || type == "fs" || type == "netfs"; }
};

struct VolumeInfo {
  std::string path;
  std::string format;  // as libvirt found it; empty where the pool knows no formats
  int64_t capacity_bytes = 0;
};

struct VolumeSpec {
  VolumeRef ref;
  std::string format = "raw";
  int64_t capacity_bytes = 0;
  std::string backing_path;  // empty: none
  std::string backing_format;
};

// Streams bytes into a volume, over a connection of its own: the next bytes may be long in coming.
// Without Finish, destruction aborts the transfer. One thread.
class VolumeWriter {
 public:
  VolumeWriter(std::shared_ptr<virConnect> connect, StreamHandle stream)
      : connect_(std::move(connect)), stream_(std::move(stream)) {}
  VolumeWriter(const VolumeWriter&) = delete;
  VolumeWriter& operator=(const VolumeWriter&) = delete;
  ~VolumeWriter();

  Status Write(const Context& ctx, std::string_view bytes);
  Status Finish();

 private:
  const std::shared_ptr<virConnect> connect_;
  StreamHandle stream_;  // empty once finished
};

// Thread-safe. A volume's name is unique in its pool; who makes volumes of one name at the same
// time must agree among themselves.
class Storage {
 public:
  explicit Storage(Connection& connection) : connection_(connection) {}

  // The pool, active. If there is none of this name: made as a folder at `path` where `path` is
  // given, kNotFound otherwise. An existing pool is started if need be, and never changed.
  Result<PoolInfo> EnsurePool(const Context& ctx, const std::string& name, const std::string& path);

  Result<std::optional<VolumeInfo>> Find(const Context& ctx, const VolumeRef& ref);
  Result<std::optional<VolumeRef>> FindByPath(const Context& ctx, const std::string& path);
  Status Create(const Context& ctx, const VolumeSpec& spec);
  Status CreateCopy(const Context& ctx, const VolumeSpec& spec, const VolumeRef& source);
  Result<std::unique_ptr<VolumeWriter>> Upload(const VolumeRef& ref);
  // Lets libvirt look at the volumes again, after an upload has changed format and size. Waits up
  // to ten minutes while something else keeps the pool busy.
  Status Refresh(const Context& ctx, const std::string& pool);
  Status Resize(const Context& ctx, const VolumeRef& ref, int64_t capacity_bytes);
  // A volume that is gone already is fine; kConflict if another volume of the pool is built on it.
  Status Delete(const Context& ctx, const VolumeRef& ref);

 private:
  // The name of a volume of the pool that has `path` as its backing file, or "".
  Result<std::string> BuiltOn(const Context& ctx, const std::string& pool, const std::string& path);

  Connection& connection_;
};

std::string RenderVolume(const VolumeSpec& spec);

}  // namespace vr::libvirt
