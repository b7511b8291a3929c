// Tokens of service accounts: who holds one is that account, until the token or the account ends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controlplane/policy_rule.h"
#include "controlplane/status.h"
#include "controlplane/storage.h"

namespace vr::controlplane {

// The groups of system:serviceaccount:NAMESPACE:NAME.
std::vector<std::string> AccountGroups(const std::string& ns);

// Thread-safe. Tokens are signed, not stored: they outlive a restart with the same key.
class ServiceAccountTokens {
 public:
  ServiceAccountTokens(const Storage& storage, const Clock& clock, std::string key)
      : storage_(storage), clock_(clock), key_(std::move(key)) {}

  // Answers a TokenRequest (authentication.k8s.io/v1) for an account: with status.token.
  Outcome<Json> Issue(const kube::Key& account, Json request) const;

  // The account behind a token; nothing for a text that is none, has ended, or whose account is
  // gone or was made anew.
  std::optional<User> Verify(const std::string& token) const;

 private:
  const Storage& storage_;
  const Clock& clock_;
  const std::string key_;
};

}  // namespace vr::controlplane
