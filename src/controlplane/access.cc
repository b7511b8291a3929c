#include "controlplane/access.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace vr::controlplane {
namespace {

std::string VerbOf(const std::string& method, const Target& target, bool named) {
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return named ? "delete" : "deletecollection";
  if (method != "GET" && method != "HEAD") return "";
  if (named) return "get";
  return IsTrue(target.query, "watch") ? "watch" : "list";
}

// A list of one object by its name asks for no more than that object.
std::string SelectedName(const Query& query) {
  constexpr std::string_view kByName = "metadata.name=";
  const std::string selector = Get(query, "fieldSelector");
  return selector.starts_with(kByName) && selector.find(',') == std::string::npos
             ? selector.substr(kByName.size())
             : "";
}

}  // namespace

Attributes AttributesOf(const std::string& method, const Target& target) {
  const std::vector<std::string>& path = target.path;
  const bool core = path.size() > 2 && path[0] == "api";
  size_t at = core ? 2 : 3;
  if (!core && (path.size() <= at || path[0] != "apis")) {
    Attributes wanted{.verb = Lowercase(method), .path = "/"};
    for (const std::string& part : path) wanted.path += (wanted.path.size() > 1 ? "/" : "") + part;
    return wanted;
  }
  Attributes wanted;
  if (!core) wanted.group = path[1];
  if (path[at] == "namespaces" && path.size() > at + 1) {
    wanted.ns = path[at + 1];
    const bool is_namespace =
        path.size() == at + 2 || (core && (path[at + 2] == "status" || path[at + 2] == "finalize"));
    if (!is_namespace) at += 2;
  }
  wanted.resource = path[at];
  if (path.size() > at + 1) wanted.name = path[at + 1];
  if (path.size() > at + 2) wanted.subresource = path[at + 2];
  wanted.verb = VerbOf(method, target, !wanted.name.empty());
  if (wanted.name.empty() && wanted.verb != "create") wanted.name = SelectedName(target.query);
  return wanted;
}

std::optional<User> AccessControl::UserOf(const net::PeerIdentity& peer,
                                          const net::HttpRequest& request) const {
  const std::string header = net::HeaderOr(request.headers, "Authorization");
  if (header.starts_with("Bearer ")) {
    const std::string token = header.substr(7);
    const auto it = administrators_.find(token);
    if (it == administrators_.end()) return tokens_.Verify(token);
    return User{.name = it->second, .uid = "", .groups = {kMasters, kAuthenticated}};
  }
  if (!peer.common_name.empty()) {
    User user{.name = peer.common_name, .uid = "", .groups = peer.organizations};
    user.groups.emplace_back(kAuthenticated);
    return user;
  }
  if (trust_everybody_)
    return User{.name = "in-process", .uid = "", .groups = {kMasters, kAuthenticated}};
  return User{.name = kAnonymous, .uid = "", .groups = {kUnauthenticated}};
}

Outcome<Requester> AccessControl::Authenticate(const net::PeerIdentity& peer,
                                               const net::HttpRequest& request) const {
  const auto user = UserOf(peer, request);
  if (!user) return Simple(401, "Unauthorized", "Unauthorized");
  User as{.name = net::HeaderOr(request.headers, "Impersonate-User"),
          .uid = net::HeaderOr(request.headers, "Impersonate-Uid"),
          .groups = {}};
  const auto [first, last] = request.headers.equal_range("Impersonate-Group");
  for (auto it = first; it != last; ++it) as.groups.push_back(it->second);
  if (as.name.empty()) {
    if (as.groups.empty() && as.uid.empty()) return Requester{*user, std::nullopt};
    return Simple(500, "InternalError",
                  "Internal error occurred: Impersonate-Group and Impersonate-Uid need "
                  "Impersonate-User");
  }
  const auto refused = [&](const char* resource, const std::string& name) {
    return Authorize(*user, {.verb = "impersonate", .resource = resource, .name = name});
  };
  if (auto failure = refused("users", as.name)) return *failure;
  for (const std::string& group : as.groups) {
    if (auto failure = refused("groups", group)) return *failure;
  }
  constexpr std::string_view kAccount = "system:serviceaccount:";
  if (as.groups.empty() && as.name.starts_with(kAccount)) {
    const std::string rest = as.name.substr(kAccount.size());
    as.groups = AccountGroups(rest.substr(0, rest.find(':')));
    return Requester{std::move(as), *user};
  }
  as.groups.emplace_back(as.name == kAnonymous ? kUnauthenticated : kAuthenticated);
  return Requester{std::move(as), *user};
}

std::optional<Failure> AccessControl::Authorize(const User& user, const Attributes& wanted) const {
  const Decision decision = authorizer_.Decide(user, wanted);
  if (decision.allowed) return std::nullopt;
  Json details = Json::object();
  if (!wanted.path.empty()) {
    return Failure{403, "Forbidden", "forbidden: " + Refusal(user, wanted, decision),
                   std::make_shared<const Json>(std::move(details))};
  }
  std::string what = wanted.resource;
  if (!wanted.group.empty()) what += "." + wanted.group;
  if (!wanted.name.empty()) {
    what += " \"" + wanted.name + "\"";
    details["name"] = wanted.name;
  }
  if (!wanted.group.empty()) details["group"] = wanted.group;
  details["kind"] = wanted.resource;
  return Failure{403, "Forbidden", what + " is forbidden: " + Refusal(user, wanted, decision),
                 std::make_shared<const Json>(std::move(details))};
}

}  // namespace vr::controlplane
