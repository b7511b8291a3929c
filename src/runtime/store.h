// Store<T>: what a reflector knows of one kind, with indexes.
#pragma once

#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/context.h"
#include "kube/object.h"

namespace vr::runtime {

enum class Origin { kInitialList, kChange };

// Resource versions of one server compare as numbers.
inline uint64_t VersionNumber(const std::string& version) {
  return std::strtoull(version.c_str(), nullptr, 10);
}

// One writer (the reflector), any number of readers, who get shared immutable objects. Listeners
// run on the writer's thread without a lock held and must be prompt; they are added before the
// reflector starts.
template <class T>
class Store {
 public:
  using Ptr = std::shared_ptr<const T>;
  using IndexFunction = std::function<std::vector<std::string>(const T&)>;
  // `before` is null for a new object, `after` for one that is gone.
  using Listener = std::function<void(const Ptr& before, const Ptr& after, Origin origin)>;

  void AddIndex(const std::string& name, IndexFunction function) {
    indexes_[name].function = std::move(function);
  }
  void AddListener(Listener listener) { listeners_.push_back(std::move(listener)); }

  Ptr Get(const kube::Key& key) const {
    const std::shared_lock lock(mutex_);
    const auto it = objects_.find(key);
    return it == objects_.end() ? nullptr : it->second;
  }

  // Of one namespace, or of all if it is empty.
  std::vector<Ptr> List(const std::string& ns = "") const {
    const std::shared_lock lock(mutex_);
    std::vector<Ptr> out;
    for (const auto& [key, object] : objects_) {
      if (ns.empty() || key.ns == ns) out.push_back(object);
    }
    return out;
  }

  // Keys of the objects that the index files under `value`.
  std::vector<kube::Key> ByIndex(const std::string& name, const std::string& value) const {
    const std::shared_lock lock(mutex_);
    const auto index = indexes_.find(name);
    if (index == indexes_.end()) return {};
    const auto it = index->second.keys.find(value);
    return it == index->second.keys.end()
               ? std::vector<kube::Key>()
               : std::vector<kube::Key>(it->second.begin(), it->second.end());
  }

  size_t CountByIndex(const std::string& name, const std::string& value) const {
    const std::shared_lock lock(mutex_);
    const auto index = indexes_.find(name);
    if (index == indexes_.end()) return 0;
    const auto it = index->second.keys.find(value);
    return it == index->second.keys.end() ? 0 : it->second.size();
  }

  // True once the first list is complete.
  bool HasSynced() const {
    const std::shared_lock lock(mutex_);
    return synced_;
  }
  void MarkSynced() {
    const std::unique_lock lock(mutex_);
    synced_ = true;
  }

  void Put(T object, Origin origin) {
    const kube::Key key = object.meta.key();
    Ptr after = std::make_shared<const T>(std::move(object));
    Change(key, after, origin);
  }
  void Remove(const kube::Key& key) { Change(key, nullptr, Origin::kChange); }

  // Removes what a complete list did not contain.
  void KeepOnly(const std::set<kube::Key>& listed) {
    std::vector<kube::Key> gone;
    {
      const std::shared_lock lock(mutex_);
      for (const auto& [key, object] : objects_) {
        if (!listed.contains(key)) gone.push_back(key);
      }
    }
    for (const kube::Key& key : gone) Remove(key);
  }

 private:
  struct Index {
    IndexFunction function;
    std::unordered_map<std::string, std::set<kube::Key>> keys;
  };

  void Change(const kube::Key& key, const Ptr& after, Origin origin) {
    Ptr before;
    {
      const std::unique_lock lock(mutex_);
      Ptr& slot = objects_[key];
      before = slot;
      slot = after;
      if (!after) objects_.erase(key);
      for (auto& [name, index] : indexes_) Reindex(index, key, before, after);
    }
    if (!before && !after) return;
    for (const Listener& listener : listeners_) listener(before, after, origin);
  }

  static void Reindex(Index& index, const kube::Key& key, const Ptr& before, const Ptr& after) {
    if (before) {
      for (const std::string& value : index.function(*before)) {
        index.keys[value].erase(key);
        if (index.keys[value].empty()) index.keys.erase(value);
      }
    }
    if (after) {
      for (const std::string& value : index.function(*after)) index.keys[value].insert(key);
    }
  }

  mutable std::shared_mutex mutex_;  // guards objects_, synced_ and the keys of indexes_
  std::map<kube::Key, Ptr> objects_;
  std::map<std::string, Index> indexes_;
  bool synced_ = false;
  std::vector<Listener> listeners_;  // fixed before the first write
};

}  // namespace vr::runtime
