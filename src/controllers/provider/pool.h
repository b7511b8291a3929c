// ProviderPool: the sessions of all Providers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "controllers/provider/session.h"
#include "rpc/grpc_provider_client.h"

namespace vr::controllers {

// How to reach one provider; a session is replaced when anything in here changes.
struct ProviderTarget {
  std::string type;     // "libvirt"; label of metrics
  std::string address;  // "unix:/path" or "host:port"
  std::optional<rpc::ChannelTls> tls;
  std::optional<int64_t> rate_limit_qps, rate_limit_burst;  // calls per second; nothing: default
  friend bool operator==(const ProviderTarget&, const ProviderTarget&) = default;
};

// Thread-safe. A session that was replaced or removed lives on until its last user lets go.
class ProviderPool {
 public:
  using ClientFactory = std::function<std::unique_ptr<rpc::ProviderClient>(
      const kube::Key& provider, const ProviderTarget& target)>;

  ProviderPool(ClientFactory make_client, SessionListener listener, const Clock& clock)
      : make_client_(std::move(make_client)), listener_(std::move(listener)), clock_(clock) {}

  // The session to that target, opened if need be.
  std::shared_ptr<ProviderSession> Ensure(const kube::Key& provider, const ProviderTarget& target);
  // Null without one.
  std::shared_ptr<ProviderSession> Find(const kube::Key& provider) const;
  void Remove(const kube::Key& provider);
  void Clear();

 private:
  struct Entry {
    ProviderTarget target;
    std::shared_ptr<ProviderSession> session;
  };

  const ClientFactory make_client_;
  const SessionListener listener_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards entries_
  std::map<kube::Key, Entry> entries_;
};

}  // namespace vr::controllers
