#include "controllers/webhook/ca_secret.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/base64.h"
#include "base/log.h"

namespace vr::controllers {
namespace {

using Json = nlohmann::json;

constexpr const char* kCert = "ca.crt";
constexpr const char* kKey = "ca.key";
constexpr const char* kPrevious = "previous-ca.crt";

const kube::ResourceType& SecretType() {
  static const kube::ResourceType type{"", "v1", "Secret", "secrets", true};
  return type;
}

std::string Value(const Json& secret, const char* name) {
  const auto data = secret.find("data");
  if (data == secret.end() || !data->is_object()) return "";
  const auto it = data->find(name);
  if (it == data->end() || !it->is_string()) return "";
  return DecodeBase64(it->get<std::string>()).value_or(std::string());
}

bool StillValid(const std::string& cert_pem, WallTime now) {
  const auto end = net::NotAfter(cert_pem);
  return end && *end > now;
}

// What the Secret holds, if it can be used for a good while.
std::optional<SharedCa> Usable(const Json& secret, const Clock& clock) {
  SharedCa ca{.pair = {Value(secret, kCert), Value(secret, kKey)}, .previous_pem = {}};
  if (net::NeedsRenewal(ca.pair.cert_pem, clock.WallNow())) return std::nullopt;
  if (!net::LocalCa::Load(ca.pair, clock)) return std::nullopt;
  const std::string previous = Value(secret, kPrevious);
  if (StillValid(previous, clock.WallNow())) ca.previous_pem = previous;
  return ca;
}

// A new CA; `secret` becomes what is to be written.
Result<SharedCa> Renew(Json& secret, const CaSecretOptions& options, const std::string& known_pem,
                       const Clock& clock) {
  VR_ASSIGN_OR_RETURN(const net::LocalCa made,
                      net::LocalCa::Create("virtrigaud-webhook-ca", options.validity, clock));
  SharedCa ca{.pair = made.key_pair(), .previous_pem = {}};
  for (const std::string& before : {Value(secret, kCert), known_pem}) {
    if (!ca.previous_pem.empty() || !StillValid(before, clock.WallNow())) continue;
    ca.previous_pem = before;
  }
  secret["data"] = {{kCert, EncodeBase64(ca.pair.cert_pem)},
                    {kKey, EncodeBase64(ca.pair.key_pem)},
                    {kPrevious, EncodeBase64(ca.previous_pem)}};
  return ca;
}

bool LostRace(ErrorKind kind) {
  return kind == ErrorKind::kConflict || kind == ErrorKind::kStale || kind == ErrorKind::kNotFound;
}

Error What(const Error& error, const kube::Key& key) {
  return error.Wrap("Secret " + key.ToString() + " of the webhook's CA");
}

}  // namespace

Result<SharedCa> EnsureCa(const Context& ctx, const kube::Client& client,
                          const CaSecretOptions& options, const std::string& known_pem,
                          const Clock& clock) {
  constexpr int kAttempts = 5;
  Error lost;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto read = client.Get(ctx, SecretType(), options.key);
    if (!read && read.error().kind != ErrorKind::kNotFound) return What(read.error(), options.key);
    if (read) {
      if (auto ca = Usable(*read, clock)) return *std::move(ca);
    }
    Json secret = read ? *read
                       : Json{{"apiVersion", "v1"},
                              {"kind", "Secret"},
                              {"type", "Opaque"},
                              {"metadata",
                               {{"name", options.key.name},
                                {"namespace", options.key.ns},
                                {"labels", {{"app.kubernetes.io/name", "virtrigaud"}}}}}};
    VR_ASSIGN_OR_RETURN(SharedCa ca, Renew(secret, options, known_pem, clock));
    // The resource version that was read guards an update.
    const auto written =
        read ? client.Update(ctx, SecretType(), secret) : client.Create(ctx, SecretType(), secret);
    if (written) {
      LogInfo(ctx, "Webhook CA written",
              {{"name", options.key.ToString()}, {"cause", read ? "renewal" : "it was missing"}});
      return ca;
    }
    // A Create that finds no namespace loses no race.
    if (!LostRace(written.error().kind) || (!read && written.error().kind == ErrorKind::kNotFound))
      return What(written.error(), options.key);
    lost = written.error();
  }
  return What(lost, options.key);
}

}  // namespace vr::controllers
