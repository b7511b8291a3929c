#include "controllers/provider/target.h"

#include "controllers/secret.h"

namespace vr::controllers {
namespace {

constexpr const char* kExternalScheme = "grpc://";

}  // namespace

bool IsExternal(const api::ProviderSpec& spec) {
  return spec.endpoint.starts_with(kExternalScheme);
}

std::map<std::string, std::string> ProviderEnvironment(const api::Provider& provider) {
  const api::ProviderSpec& spec = provider.spec;
  std::map<std::string, std::string> out;
  const auto set = [&out](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  set("PROVIDER_TYPE", spec.type);
  set("PROVIDER_ENDPOINT", spec.endpoint);
  set("PROVIDER_NAME", provider.meta.name);
  set("PROVIDER_NAMESPACE", provider.meta.ns);
  set("LOG_LEVEL", spec.log_level);
  set("LOG_FORMAT", spec.log_format);
  set("TLS_INSECURE_SKIP_VERIFY", spec.insecure_skip_verify ? "true" : "");
  set("PROVIDER_DEFAULT_DATASTORE", spec.default_datastore);
  set("PROVIDER_DEFAULT_STORAGE_POD", spec.default_storage_pod);
  set("PROVIDER_DEFAULT_CLUSTER", spec.default_cluster);
  set("PROVIDER_DEFAULT_FOLDER", spec.default_folder);
  for (const api::EnvVar& variable : spec.env) out[variable.name] = variable.value;
  return out;
}

Result<ProviderTarget> ExternalTarget(const Context& ctx, const kube::Client& client,
                                      const api::Provider& provider) {
  const api::ProviderSpec& spec = provider.spec;
  ProviderTarget target{.type = spec.type,
                        .address = spec.endpoint.substr(std::string(kExternalScheme).size()),
                        .tls = std::nullopt,
                        .rate_limit_qps = spec.rate_limit_qps,
                        .rate_limit_burst = spec.rate_limit_burst};
  if (spec.tls_enabled.has_value() && !*spec.tls_enabled) return target;
  if (spec.tls_secret_name.empty()) {
    return Error{ErrorKind::kInvalidSpec,
                 "an external endpoint needs spec.runtime.service.tls: give secretRef (a Secret "
                 "with ca.crt, tls.crt and tls.key), or enabled: false for plaintext",
                 {}};
  }
  const kube::Key key{provider.meta.ns, spec.tls_secret_name};
  VR_ASSIGN_OR_RETURN(const auto secret, ReadSecret(ctx, client, key));
  const auto part = [&secret](const char* name) {
    const auto it = secret.find(name);
    return it == secret.end() ? std::string() : it->second;
  };
  target.tls = rpc::ChannelTls{
      .ca_pem = part("ca.crt"), .cert_pem = part("tls.crt"), .key_pem = part("tls.key")};
  if (target.tls->ca_pem.empty()) {
    return Error{
        ErrorKind::kInvalidSpec, "Secret " + key.ToString() + " lacks ca.crt: whom to trust", {}};
  }
  if (target.tls->cert_pem.empty() != target.tls->key_pem.empty()) {
    return Error{ErrorKind::kInvalidSpec,
                 "Secret " + key.ToString() + " needs both tls.crt and tls.key, or neither",
                 {}};
  }
  return target;
}

}  // namespace vr::controllers
