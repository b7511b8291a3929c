#include "controlplane/service_account_tokens.h"

#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "base/timestamp.h"
#include "controlplane/authorizer.h"
#include "net/jwt.h"

namespace vr::controlplane {
namespace {

constexpr const char* kIssuer = "virtrigaud";
constexpr int64_t kDefaultSeconds = 3600;
constexpr int64_t kMinSeconds = 600;
constexpr int64_t kMaxSeconds = int64_t{1} << 32U;

int64_t Seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::optional<api::FieldError> BadDuration(const Json& seconds) {
  const auto invalid = [&](const char* why) {
    return api::FieldError{api::FieldErrorType::kInvalid, "spec.expirationSeconds", seconds.dump(),
                           why};
  };
  if (!seconds.is_number_integer()) return invalid("must be a number of seconds");
  if (seconds < kMinSeconds) return invalid("may not specify a duration less than 10 minutes");
  if (seconds > kMaxSeconds) return invalid("may not specify a duration larger than 2^32 seconds");
  return std::nullopt;
}

// The Secret whose end is to be the end of the token.
Outcome<Json> BoundSecret(const Storage& storage, const std::string& ns, const Json& bound) {
  const std::string version = api::Text(bound, "apiVersion");
  const std::string kind = api::Text(bound, "kind");
  const std::string name = api::Text(bound, "name");
  if (version != "v1" || kind != "Secret")
    return BadRequest("cannot bind token for object of type " +
                      (version.find('/') == std::string::npos ? "/" + version : version) +
                      ", Kind=" + kind);
  const Resource& secrets = *FindResource("", "v1", "secrets");
  const StoredPtr secret = storage.Get(secrets.StorageName(), {ns, name});
  if (!secret) return NotFound(secrets, name);
  const std::string uid = api::Text(bound, "uid");
  if (!uid.empty() && uid != secret->uid)
    return Conflict(secrets, name,
                    "the UID in the bound object reference (" + uid +
                        ") does not match the UID in record. The object might have been deleted "
                        "and then recreated");
  return Json{{"name", name}, {"uid", secret->uid}};
}

}  // namespace

std::vector<std::string> AccountGroups(const std::string& ns) {
  return {"system:serviceaccounts", "system:serviceaccounts:" + ns, kAuthenticated};
}

Outcome<Json> ServiceAccountTokens::Issue(const kube::Key& account, Json request) const {
  const Resource& resource = *FindResource("", "v1", "serviceaccounts");
  const StoredPtr stored = storage_.Get(resource.StorageName(), account);
  if (!stored) return NotFound(resource, account.name);
  Json spec = request.is_object() ? request.value("spec", Json::object()) : Json::object();
  if (!spec.is_object()) spec = Json::object();
  if (!spec.contains("expirationSeconds") || spec["expirationSeconds"].is_null())
    spec["expirationSeconds"] = kDefaultSeconds;
  if (const auto bad = BadDuration(spec["expirationSeconds"]))
    return Invalid(resource, account.name, {*bad});
  if (!spec.contains("audiences") || !spec["audiences"].is_array() || spec["audiences"].empty())
    spec["audiences"] = {kIssuer};
  const Json bound = spec.value("boundObjectRef", Json());
  Json own = {{"namespace", account.ns},
              {"serviceaccount", {{"name", account.name}, {"uid", stored->uid}}}};
  if (bound.is_object()) {
    Outcome<Json> secret = BoundSecret(storage_, account.ns, bound);
    if (!secret) return secret.failure();
    own["secret"] = std::move(*secret);
  }
  const WallTime now = clock_.WallNow();
  const WallTime end = now + std::chrono::seconds(spec["expirationSeconds"].get<int64_t>());
  const Json claims = {{"iss", kIssuer},
                       {"sub", "system:serviceaccount:" + account.ns + ":" + account.name},
                       {"aud", spec["audiences"]},
                       {"iat", Seconds(now)},
                       {"nbf", Seconds(now)},
                       {"exp", Seconds(end)},
                       {"kubernetes.io", std::move(own)}};
  const auto token = net::SignJwt(claims.dump(), key_);
  if (!token) return Simple(500, "InternalError", token.error().message);
  return Json{{"kind", "TokenRequest"},
              {"apiVersion", "authentication.k8s.io/v1"},
              {"metadata",
               {{"name", account.name},
                {"namespace", account.ns},
                {"creationTimestamp", FormatTimestamp(now)}}},
              {"spec", std::move(spec)},
              {"status", {{"token", *token}, {"expirationTimestamp", FormatTimestamp(end)}}}};
}

std::optional<User> ServiceAccountTokens::Verify(const std::string& token) const {
  const auto text = net::VerifyJwt(token, key_);
  if (!text) return std::nullopt;
  const Json claims = Json::parse(*text, nullptr, false);
  const Json audience = {kIssuer};
  // Only we hold the key, so the claims have the shape that Issue gives them.
  if (!claims.is_object() || claims.value("exp", int64_t{0}) <= Seconds(clock_.WallNow()) ||
      claims.value("aud", Json()) != audience) {
    return std::nullopt;
  }
  const Json& own = claims.at("kubernetes.io");
  const kube::Key key{own.at("namespace"), own.at("serviceaccount").at("name")};
  const std::string uid = own.at("serviceaccount").at("uid");
  const StoredPtr account = storage_.Get("serviceaccounts", key);
  if (!account || account->uid != uid) return std::nullopt;
  if (own.contains("secret")) {
    const StoredPtr secret = storage_.Get("secrets", {key.ns, own.at("secret").at("name")});
    if (!secret || secret->uid != own.at("secret").at("uid")) return std::nullopt;
  }
  return User{.name = claims.at("sub"), .uid = uid, .groups = AccountGroups(key.ns)};
}

}  // namespace vr::controlplane
