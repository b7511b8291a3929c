#include "controlplane/storage.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <shared_mutex>
#include <unordered_set>

#include "base/log.h"
#include "controlplane/private_files.h"
#include "controlplane/sqlite_file.h"
#include "kube/meta_json.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

constexpr uintmax_t kRoom = 4 << 20;  // below it an object of the largest size may not fit
constexpr auto kWriteTakesLong = std::chrono::seconds(2);

// The index data of an object's text.
StoredPtr Index(std::string body) {
  auto stored = std::make_shared<Stored>();
  const Json json = Json::parse(body, nullptr, false);
  stored->body = std::move(body);
  if (!json.is_object()) return stored;
  if (auto meta = kube::DecodeMeta(json)) {
    stored->uid = meta->uid;
    stored->labels = std::move(meta->labels);
    stored->version = std::strtoull(meta->resource_version.c_str(), nullptr, 10);
    stored->links = LinksOf(json);
  }
  return stored;
}

// All objects, with what the garbage collector looks for.
struct Tables {
  std::map<std::string, std::map<kube::Key, StoredPtr>> objects;
  std::set<std::pair<std::string, kube::Key>> linked;
  std::unordered_set<std::string> uids;

  void Put(const std::string& resource, const kube::Key& key, const StoredPtr& object) {
    Erase(resource, key);
    objects[resource][key] = object;
    uids.insert(object->uid);
    if (object->links.owned || object->links.propagates) linked.emplace(resource, key);
  }
  void Erase(const std::string& resource, const kube::Key& key) {
    auto& table = objects[resource];
    const auto it = table.find(key);
    if (it == table.end()) return;
    uids.erase(it->second->uid);
    linked.erase({resource, key});
    table.erase(it);
  }
};

struct LoggedChange {
  std::string resource;
  Change change;
};

Status DamagedObject(const std::string& resource, const kube::Key& key) {
  return Error{ErrorKind::kInvalidSpec,
               resource + " " + key.ToString() +
                   " is damaged: move the file away and bring a backup back with 'vrtg restore'",
               {}};
}

}  // namespace

Links LinksOf(const Json& object) {
  const auto list = [](const Json& meta, const char* name) {
    return meta.contains(name) && meta[name].is_array() ? meta[name] : Json::array();
  };
  Links links;
  const Json& meta = object["metadata"];
  links.owned = !list(meta, "ownerReferences").empty();
  links.deleting = meta.contains("deletionTimestamp");
  if (!links.deleting) return links;
  for (const Json& finalizer : list(meta, "finalizers"))
    links.propagates =
        links.propagates || finalizer == "orphan" || finalizer == "foregroundDeletion";
  return links;
}

struct Storage::Impl {
  Options options;
  std::unique_ptr<SqliteFile> file;  // guarded by writer
  // One write at a time; held across the commit, never while waiting for anybody else.
  std::timed_mutex writer;
  Status last_write;  // guarded by writer

  mutable std::shared_mutex mutex;  // guards all below; never held across I/O
  Tables tables;
  std::deque<LoggedChange> history;
  size_t history_bytes = 0;  // of the objects that its changes have brought
  uint64_t version = 1;
  uint64_t oldest = 1;  // changes after this version are in the history

  mutable std::mutex wait_mutex;  // pairs with changed
  mutable std::condition_variable_any changed;

  // The outcome of a write, remembered; with the writer's lock.
  Status Noted(Status outcome) {
    if (last_write && !outcome)
      LogError({}, "Nothing can be stored", {{"error", outcome.error().message}});
    if (!last_write && outcome) LogInfo({}, "The database can be written again");
    last_write = outcome;
    return outcome;
  }

  StoredPtr Find(const std::string& resource, const kube::Key& key) const {
    const auto table = tables.objects.find(resource);
    if (table == tables.objects.end()) return nullptr;
    const auto it = table->second.find(key);
    return it == table->second.end() ? nullptr : it->second;
  }

  // With the mutex held.
  Snapshot Now(const std::string& resource, const std::string& ns) const {
    Snapshot snapshot;
    snapshot.version = version;
    const auto table = tables.objects.find(resource);
    if (table == tables.objects.end()) return snapshot;
    if (ns.empty()) {
      snapshot.objects = table->second;
      return snapshot;
    }
    for (auto it = table->second.lower_bound({ns, ""});
         it != table->second.end() && it->first.ns == ns; ++it) {
      snapshot.objects.insert(*it);
    }
    return snapshot;
  }

  void Publish(const std::string& resource, Change change) {
    {
      const std::unique_lock lock(mutex);
      version = change.version;
      if (change.type == ChangeType::kDeleted) {
        tables.Erase(resource, change.key);
      } else {
        tables.Put(resource, change.key, change.object);
      }
      history_bytes += change.object->body.size();
      history.push_back({resource, std::move(change)});
      while (history.size() > options.history || history_bytes > options.history_bytes) {
        oldest = history.front().change.version;
        history_bytes -= history.front().change.object->body.size();
        history.pop_front();
      }
    }
    const std::scoped_lock lock(wait_mutex);
    changed.notify_all();
  }

  uint64_t CurrentVersion() const {
    const std::shared_lock lock(mutex);
    return version;
  }
};

Storage::Storage(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Storage::~Storage() = default;

Result<std::unique_ptr<Storage>> Storage::Open(const Options& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  VR_ASSIGN_OR_RETURN(impl->file, SqliteFile::Open(options.path));
  VR_ASSIGN_OR_RETURN(impl->version, impl->file->LoadVersion());
  impl->oldest = impl->version;
  VR_RETURN_IF_ERROR(
      impl->file->LoadObjects([&](std::string resource, kube::Key key, std::string body) {
        const StoredPtr object = Index(std::move(body));
        if (object->uid.empty()) return DamagedObject(resource, key);
        impl->tables.Put(resource, key, object);
        return Status();
      }));
  return std::unique_ptr<Storage>(new Storage(std::move(impl)));
}

StoredPtr Storage::Get(const std::string& resource, const kube::Key& key) const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->Find(resource, key);
}

Snapshot Storage::List(const std::string& resource, const std::string& ns) const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->Now(resource, ns);
}

Result<Snapshot> Storage::ListAt(const std::string& resource, const std::string& ns,
                                 uint64_t version) const {
  const std::shared_lock lock(impl_->mutex);
  if (version < impl_->oldest) {
    return Error{ErrorKind::kStale,
                 "too old resource version: " + std::to_string(version) + " (" +
                     std::to_string(impl_->oldest) + ")",
                 {}};
  }
  Snapshot snapshot = impl_->Now(resource, ns);
  for (auto it = impl_->history.rbegin();
       it != impl_->history.rend() && it->change.version > version; ++it) {
    const Change& change = it->change;
    if (it->resource != resource || (!ns.empty() && change.key.ns != ns)) continue;
    if (change.previous) {
      snapshot.objects[change.key] = change.previous;
    } else {
      snapshot.objects.erase(change.key);
    }
  }
  snapshot.version = version;
  return snapshot;
}

std::vector<Located> Storage::Linked() const {
  const std::shared_lock lock(impl_->mutex);
  std::vector<Located> out;
  for (const auto& [resource, key] : impl_->tables.linked)
    out.push_back({resource, key, impl_->Find(resource, key)});
  return out;
}

bool Storage::HasUid(const std::string& uid) const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->tables.uids.contains(uid);
}

uint64_t Storage::Version() const { return impl_->CurrentVersion(); }

uint64_t Storage::OldestVersion() const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->oldest;
}

Result<StoredPtr> Storage::Modify(const std::string& resource, const kube::Key& key,
                                  const Decide& decide) {
  const std::scoped_lock writing(impl_->writer);
  const StoredPtr current = Get(resource, key);
  const uint64_t next = impl_->CurrentVersion() + 1;
  VR_ASSIGN_OR_RETURN(std::optional<Write> write, decide(current, next));
  if (!write) return current;
  auto stored = std::make_shared<Stored>(Stored{std::move(write->body), std::move(write->uid), next,
                                                std::move(write->labels), write->links});
  VR_RETURN_IF_ERROR(impl_->Noted(write->remove
                                      ? impl_->file->Remove(resource, key, next)
                                      : impl_->file->Put(resource, key, stored->body, next)));
  const ChangeType type = write->remove ? ChangeType::kDeleted
                          : current     ? ChangeType::kModified
                                        : ChangeType::kAdded;
  impl_->Publish(resource, {type, next, key, stored, current});
  return StoredPtr(stored);
}

Status Storage::CheckWritable() const {
  const std::unique_lock writing(impl_->writer, kWriteTakesLong);
  if (!writing) return Error{ErrorKind::kUnavailable, "a write to the database hangs", {}};
  std::error_code unknown;  // as for a database in memory
  const auto space = std::filesystem::space(impl_->options.path, unknown);
  if (!unknown && space.available < kRoom) {
    return Error{ErrorKind::kQuotaExceeded,
                 "database " + impl_->options.path + ": only " +
                     std::to_string(space.available / 1024) +
                     " KiB are free on its disk: free some space",
                 {}};
  }
  if (!impl_->last_write) return impl_->Noted(impl_->file->Touch(impl_->CurrentVersion()));
  return {};
}

Status Storage::Backup(const std::string& path) const {
  if (std::filesystem::exists(path))
    return Error{ErrorKind::kConflict, path + " exists already: choose another name", {}};
  std::vector<SqliteFile::Row> rows;
  uint64_t version = 0;
  {
    const std::shared_lock lock(impl_->mutex);
    version = impl_->version;
    for (const auto& [resource, table] : impl_->tables.objects) {
      for (const auto& [key, stored] : table) rows.push_back({resource, key, stored->body});
    }
  }
  VR_RETURN_IF_ERROR(TouchPrivateFile(path));
  Status written;
  {
    auto file = SqliteFile::Open(path);
    written = file ? (*file)->Replace(rows, version) : Status(file.error());
  }
  std::error_code ignored;
  if (!written) std::filesystem::remove(path, ignored);
  return written;
}

Status Storage::Restore(const std::string& path) {
  VR_ASSIGN_OR_RETURN(const auto backup, SqliteFile::OpenBackup(path));
  VR_ASSIGN_OR_RETURN(const uint64_t backup_version, backup->LoadVersion());
  std::vector<SqliteFile::Row> rows;
  VR_RETURN_IF_ERROR(
      backup->LoadObjects([&](std::string resource, kube::Key key, std::string body) {
        rows.push_back({std::move(resource), std::move(key), std::move(body)});
        return Status();
      }));
  const std::scoped_lock writing(impl_->writer);
  uint64_t version = std::max(impl_->CurrentVersion(), backup_version);
  Tables tables;
  for (SqliteFile::Row& row : rows) {
    Json json = Json::parse(row.body, nullptr, false);
    if (Index(row.body)->uid.empty())
      return DamagedObject(row.resource, row.key).error().Wrap("database " + path);
    json["metadata"]["resourceVersion"] = std::to_string(++version);
    row.body = json.dump();
    tables.Put(row.resource, row.key, Index(row.body));
  }
  ++version;  // an empty backup is a change as well
  VR_RETURN_IF_ERROR(impl_->file->Replace(rows, version));
  {
    const std::unique_lock lock(impl_->mutex);
    impl_->tables = std::move(tables);
    impl_->version = impl_->oldest = version;
    impl_->history.clear();
    impl_->history_bytes = 0;
  }
  const std::scoped_lock lock(impl_->wait_mutex);
  impl_->changed.notify_all();
  return {};
}

Result<std::vector<Change>> Storage::Changes(const Context& ctx, const std::string& resource,
                                             const std::string& ns, uint64_t since,
                                             uint64_t& seen) const {
  std::vector<Change> changes;
  seen = since;
  while (true) {
    {
      const std::shared_lock lock(impl_->mutex);
      if (seen < impl_->oldest) {
        return Error{ErrorKind::kStale,
                     "too old resource version: " + std::to_string(since) + " (" +
                         std::to_string(impl_->oldest) + ")",
                     {}};
      }
      const auto first = std::upper_bound(impl_->history.begin(), impl_->history.end(), seen,
                                          [](uint64_t version, const LoggedChange& entry) {
                                            return version < entry.change.version;
                                          });
      for (auto it = first; it != impl_->history.end(); ++it) {
        if (it->resource == resource && (ns.empty() || it->change.key.ns == ns))
          changes.push_back(it->change);
      }
      seen = impl_->version;
    }
    if (!changes.empty() || !ctx.Check().ok()) return changes;
    std::unique_lock lock(impl_->wait_mutex);
    ctx.clock().WaitUntil(lock, impl_->changed, ctx.stop(), ctx.deadline(),
                          [&] { return impl_->CurrentVersion() > seen; });
  }
}

}  // namespace vr::controlplane
