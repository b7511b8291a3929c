// AccessControl: who sends a request, and whether he may.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "controlplane/authorizer.h"
#include "controlplane/request.h"
#include "controlplane/service_account_tokens.h"
#include "net/http.h"

namespace vr::controlplane {

// Who a request is from: `user` is whose rights count, `impersonator` who really sent it.
struct Requester {
  User user;
  std::optional<User> impersonator;
};

// What a request asks for, in the terms of roles.
Attributes AttributesOf(const std::string& method, const Target& target);

// Thread-safe.
class AccessControl {
 public:
  // `administrators`: bearer token -> name, all of the group system:masters. `trust_everybody` is
  // for handlers in process, which nobody else can reach.
  AccessControl(const Storage& storage, const ServiceAccountTokens& tokens,
                std::map<std::string, std::string> administrators, bool trust_everybody)
      : authorizer_(storage),
        tokens_(tokens),
        administrators_(std::move(administrators)),
        trust_everybody_(trust_everybody) {}

  // 401 for credentials that are not ours; system:anonymous without any. Impersonation (the
  // headers Impersonate-User, -Group and -Uid) takes the verb "impersonate".
  Outcome<Requester> Authenticate(const net::PeerIdentity& peer,
                                  const net::HttpRequest& request) const;

  // 403 with the API server's words.
  std::optional<Failure> Authorize(const User& user, const Attributes& wanted) const;

  const Authorizer& authorizer() const { return authorizer_; }

 private:
  std::optional<User> UserOf(const net::PeerIdentity& peer, const net::HttpRequest& request) const;

  const Authorizer authorizer_;
  const ServiceAccountTokens& tokens_;
  const std::map<std::string, std::string> administrators_;
  const bool trust_everybody_;
};

}  // namespace vr::controlplane
