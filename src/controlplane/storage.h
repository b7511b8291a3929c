// Storage: every object, in memory to read and in SQLite to keep.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "kube/object.h"

namespace vr::controlplane {

// How an object hangs together with others, for the garbage collector.
struct Links {
  bool owned = false;       // it has ownerReferences
  bool deleting = false;    // it has a deletionTimestamp
  bool propagates = false;  // it is being deleted, and its dependents come first
};
Links LinksOf(const nlohmann::json& object);

// A stored object as text, with what selectors and preconditions ask for. Immutable snapshot.
struct Stored {
  std::string body;  // JSON
  std::string uid;
  uint64_t version = 0;
  std::map<std::string, std::string> labels;
  Links links;
};
using StoredPtr = std::shared_ptr<const Stored>;

enum class ChangeType { kAdded, kModified, kDeleted };

struct Change {
  ChangeType type = ChangeType::kAdded;
  uint64_t version = 0;
  kube::Key key;
  StoredPtr object;    // for kDeleted the last state, with the version of the deletion
  StoredPtr previous;  // before the change; null for kAdded
};

struct Snapshot {
  std::map<kube::Key, StoredPtr> objects;
  uint64_t version = 0;  // of the whole store when it was taken
};

// What a write does to an object: new text, or removal.
struct Write {
  std::string body;
  std::string uid;
  std::map<std::string, std::string> labels;
  bool remove = false;
  Links links = {};
};

struct Located {
  std::string resource;  // Resource::StorageName
  kube::Key key;
  StoredPtr object;
};

// Thread-safe. One writer at a time; nothing is visible, or acknowledged, before it is committed
// with fsync. The version of the store grows by one with every write. Changes are kept for watchers
// in a ring; a watcher that fell behind gets kStale.
class Storage {
 public:
  struct Options {
    std::string path = ":memory:";
    // Changes kept for watchers, at most as many, and at most about as many bytes of objects.
    size_t history = 20000;
    size_t history_bytes = 256 << 20;
  };

  // kInternal with the file's name and a remedy if it is damaged, or written by a newer release.
  static Result<std::unique_ptr<Storage>> Open(const Options& options);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  StoredPtr Get(const std::string& resource, const kube::Key& key) const;  // or null
  Snapshot List(const std::string& resource, const std::string& ns) const;
  // The list as it was at an earlier version. kStale if the history does not reach back to it.
  Result<Snapshot> ListAt(const std::string& resource, const std::string& ns,
                          uint64_t version) const;
  // The objects that have owners, or whose deletion waits for their dependents: few among many.
  std::vector<Located> Linked() const;
  bool HasUid(const std::string& uid) const;
  uint64_t Version() const;
  uint64_t OldestVersion() const;  // watches may start from here

  // Runs `decide` on the current object (null if there is none) under the writer's lock. It is told
  // the version that the write will get; an error or std::nullopt leaves everything as it is.
  // Returns the state after the write (for a removal: the last state), or the current one if
  // nothing was written.
  using Decide =
      std::function<Result<std::optional<Write>>(const StoredPtr& current, uint64_t next_version)>;
  Result<StoredPtr> Modify(const std::string& resource, const kube::Key& key, const Decide& decide);

  // Why nothing can be written now: its disk is full, the last write failed, and so does another
  // one, or it hangs.
  // Takes two seconds at most.
  Status CheckWritable() const;

  // Writes all objects, as they are now, into a new file of mode 0600; others go on writing
  // meanwhile. kConflict if the file exists.
  Status Backup(const std::string& path) const;

  // All objects become those of a backup, with versions newer than any before: whoever watches is
  // told to list anew. The objects are as they were, or all replaced. kInvalidSpec for a file that
  // is no backup.
  Status Restore(const std::string& path);

  // Changes of a resource after `since`, oldest first; waits for the first one, at most until the
  // context ends (then: none). kStale if the history does not reach back to `since`. `seen` becomes
  // the version up to which changes were looked at.
  Result<std::vector<Change>> Changes(const Context& ctx, const std::string& resource,
                                      const std::string& ns, uint64_t since, uint64_t& seen) const;

 private:
  struct Impl;
  explicit Storage(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vr::controlplane
