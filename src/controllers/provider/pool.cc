#include "controllers/provider/pool.h"

namespace vr::controllers {

std::shared_ptr<ProviderSession> ProviderPool::Ensure(const kube::Key& provider,
                                                      const ProviderTarget& target) {
  std::shared_ptr<ProviderSession> old;  // its thread is joined without the lock
  const std::scoped_lock lock(mutex_);
  Entry& entry = entries_[provider];
  if (entry.session && entry.target == target) return entry.session;
  old = std::move(entry.session);
  entry.target = target;
  entry.session = std::make_shared<ProviderSession>(provider, make_client_(provider, target),
                                                    listener_, clock_);
  return entry.session;
}

std::shared_ptr<ProviderSession> ProviderPool::Find(const kube::Key& provider) const {
  const std::scoped_lock lock(mutex_);
  const auto it = entries_.find(provider);
  return it == entries_.end() ? nullptr : it->second.session;
}

void ProviderPool::Remove(const kube::Key& provider) {
  std::shared_ptr<ProviderSession> old;
  const std::scoped_lock lock(mutex_);
  const auto it = entries_.find(provider);
  if (it == entries_.end()) return;
  old = std::move(it->second.session);
  entries_.erase(it);
}

void ProviderPool::Clear() {
  std::map<kube::Key, Entry> old;
  const std::scoped_lock lock(mutex_);
  old.swap(entries_);
}

}  // namespace vr::controllers
