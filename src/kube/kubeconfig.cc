#include "kube/kubeconfig.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/redact.h"
#include "kube/credentials.h"
#include "kube/kubeconfig_file.h"
#include "net/curl_http_client.h"
#include "net/url.h"

namespace vr::kube {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kTokenFileAge(1);

Error Bad(const std::string& message) { return Error{ErrorKind::kInvalidSpec, message, {}}; }

std::optional<std::string> ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return std::nullopt;
  return text;
}

Result<Kubeconfig> ReadAll(const std::vector<fs::path>& files) {
  if (files.empty()) return Bad("no kubeconfig is named; use --kubeconfig or KUBECONFIG");
  Kubeconfig merged;
  bool found = false;
  for (const fs::path& path : files) {
    std::error_code ec;
    if (!fs::exists(path, ec) && !ec) continue;
    found = true;
    const std::optional<std::string> text =
        fs::is_directory(path, ec) ? std::nullopt : ReadFile(path);
    if (!text)
      return Bad("kubeconfig '" + path.string() +
                 "' cannot be read; check that it is a "
                 "file and its permissions");
    const Result<Kubeconfig> config = ParseKubeconfig(*text, fs::absolute(path, ec));
    if (!config) return config.error().Wrap("kubeconfig '" + path.string() + "'");
    MergeKubeconfig(merged, *config);
  }
  if (found) return merged;
  return Bad("kubeconfig '" + files.front().string() +
             "' does not exist; name another one with --kubeconfig or KUBECONFIG");
}

template <class T>
std::string Names(const std::map<std::string, T>& named) {
  std::string names;
  for (const auto& [name, value] : named) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "there is none" : "there are: " + names;
}

// A path as the file that contains it means it.
std::string Resolve(const fs::path& file, const std::string& path) {
  return path.empty() ? "" : (file.parent_path() / path).lexically_normal().string();
}

Result<std::string> DecodePem(const std::string& field, const std::string& data) {
  if (data.empty()) return std::string();
  Result<std::string> pem = DecodeBase64(data);
  if (!pem) return pem.error().Wrap(field);
  if (pem->find("-----BEGIN ") == std::string::npos)
    return Bad(field + ": not PEM once its base64 is decoded; it must be base64 of a PEM text");
  return pem;
}

Status CheckProxy(const std::string& proxy) {
  if (proxy.empty()) return {};
  const auto url = net::ParseUrl(proxy);
  for (const char* scheme : {"http", "https", "socks5", "socks5h"}) {
    if (url && url->scheme == scheme) return {};
  }
  return Bad("proxy-url '" + Redact(proxy) +
             "' is not a proxy's URL, such as http://proxy:3128 or "
             "socks5://proxy:1080");
}

// How the server is reached and recognised.
struct Transport {
  net::ClientTlsOptions tls;
  net::ClientOptions options;
};

Result<Transport> TransportOf(const KubeconfigCluster& cluster) {
  const auto url = net::ParseUrl(cluster.server);
  if (!url || (url->scheme != "https" && url->scheme != "http"))
    return Bad("server '" + cluster.server + "' is not a URL such as https://host:6443");
  const bool has_ca = !cluster.ca_file.empty() || !cluster.ca_data.empty();
  if (cluster.insecure && has_ca) {
    return Bad("insecure-skip-tls-verify and certificate-authority exclude each other; remove one");
  }
  VR_RETURN_IF_ERROR(CheckProxy(cluster.proxy_url));
  Transport transport;
  VR_ASSIGN_OR_RETURN(transport.tls.ca_data,
                      DecodePem("certificate-authority-data", cluster.ca_data));
  transport.tls.ca_file = Resolve(cluster.file, cluster.ca_file);
  transport.tls.insecure_skip_verify = cluster.insecure;
  transport.tls.server_name = cluster.tls_server_name;
  transport.options.proxy = cluster.proxy_url;
  return transport;
}

void SetIfGiven(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

// spec.cluster of KUBERNETES_EXEC_INFO.
Json ExecClusterInfo(const KubeconfigCluster& cluster) {
  Json info = {{"server", cluster.server}};
  SetIfGiven(info, "tls-server-name", cluster.tls_server_name);
  SetIfGiven(info, "proxy-url", cluster.proxy_url);
  SetIfGiven(info, "certificate-authority-data", cluster.ca_data);
  if (cluster.ca_data.empty() && !cluster.ca_file.empty()) {
    const auto pem = ReadFile(Resolve(cluster.file, cluster.ca_file));
    if (pem) info["certificate-authority-data"] = EncodeBase64(*pem);
  }
  if (cluster.insecure) info["insecure-skip-tls-verify"] = true;
  if (cluster.exec_config) info["config"] = *cluster.exec_config;
  return info;
}

Status AddImpersonation(const KubeconfigUser& user, net::Headers& headers) {
  if (user.as.empty()) {
    if (user.as_uid.empty() && user.as_groups.empty() && user.as_extra.empty()) return {};
    return Bad("as-uid, as-groups and as-user-extra need 'as', the user to act as");
  }
  headers.emplace("Impersonate-User", user.as);
  if (!user.as_uid.empty()) headers.emplace("Impersonate-Uid", user.as_uid);
  for (const std::string& group : user.as_groups) headers.emplace("Impersonate-Group", group);
  for (const auto& [name, values] : user.as_extra) {
    for (const std::string& value : values)
      headers.emplace("Impersonate-Extra-" + net::PercentEncode(name), value);
  }
  return {};
}

Status CheckMethods(const KubeconfigUser& user) {
  if (!user.auth_provider.empty()) {
    return Bad("auth-provider '" + user.auth_provider +
               "' is no longer supported by Kubernetes clients; use the provider's exec plug-in "
               "(user.exec), for example kubelogin or gke-gcloud-auth-plugin");
  }
  const bool has_token = !user.token.empty() || !user.token_file.empty();
  if (has_token && !user.username.empty())
    return Bad("token and username exclude each other; remove one");
  if (user.username.empty() != user.password.empty())
    return Bad("username and password must be given together");
  if (user.username.find(':') != std::string::npos)
    return Bad("username must not contain ':', which basic authentication cannot carry");
  const bool has_cert = !user.cert_file.empty() || !user.cert_data.empty();
  const bool has_key = !user.key_file.empty() || !user.key_data.empty();
  if (has_cert != has_key) {
    return Bad(has_cert ? "client-certificate needs client-key (or client-key-data)"
                        : "client-key needs client-certificate (or client-certificate-data)");
  }
  return {};
}

// A static credential spares the exec plug-in, as in kubectl; tokenFile wins over token.
Status AddUser(const KubeconfigUser& user, const KubeconfigCluster& cluster, Transport transport,
               ClientConfig& config) {
  VR_RETURN_IF_ERROR(CheckMethods(user));
  VR_RETURN_IF_ERROR(AddImpersonation(user, config.headers));
  net::ClientTlsOptions& tls = transport.tls;
  VR_ASSIGN_OR_RETURN(tls.cert_data, DecodePem("client-certificate-data", user.cert_data));
  VR_ASSIGN_OR_RETURN(tls.key_data, DecodePem("client-key-data", user.key_data));
  tls.cert_file = Resolve(user.file, user.cert_file);
  tls.key_file = Resolve(user.file, user.key_file);
  if (!user.token_file.empty()) {
    config.bearer_token = TokenFromFile(Resolve(user.file, user.token_file), kTokenFileAge);
  } else if (!user.token.empty()) {
    config.bearer_token = [token = user.token](const Context&) -> Result<std::string> {
      return token;
    };
  } else if (!user.username.empty()) {
    config.headers.emplace("Authorization",
                           "Basic " + EncodeBase64(user.username + ":" + user.password));
  } else if (user.exec) {
    if (!tls.cert_data.empty() || !tls.cert_file.empty())
      return Bad("exec and client-certificate exclude each other; remove one");
    VR_ASSIGN_OR_RETURN(auto plugin, ExecPlugin::Make(*user.exec, user.file.parent_path(),
                                                      ExecClusterInfo(cluster)));
    // The plug-in's client is made with the first request: look at the files now.
    VR_RETURN_IF_ERROR(net::MakeCurlHttpClient(tls, transport.options).status());
    config.http = MakeExecHttpClient(std::move(plugin), tls, transport.options);
    return {};
  }
  VR_ASSIGN_OR_RETURN(config.http, net::MakeCurlHttpClient(tls, transport.options));
  return {};
}

// "kubeconfig 'F': context 'C': cluster 'N'", for errors.
std::string Where(const fs::path& file, const std::string& context, const char* kind,
                  const std::string& name) {
  return "kubeconfig '" + file.string() + "': context '" + context + "': " + kind + " '" + name +
         "'";
}

Result<ClusterAccess> Select(const Kubeconfig& config, const fs::path& file,
                             const std::string& name) {
  const auto context = config.contexts.find(name);
  if (context == config.contexts.end()) {
    return Bad("kubeconfig '" + file.string() + "': context '" + name + "' does not exist; " +
               Names(config.contexts));
  }
  const KubeconfigContext& chosen = context->second;
  const auto cluster = config.clusters.find(chosen.cluster);
  if (cluster == config.clusters.end()) {
    return Bad(Where(chosen.file, name, "cluster", chosen.cluster) + " does not exist; " +
               Names(config.clusters));
  }
  KubeconfigUser user;
  if (!chosen.user.empty()) {
    const auto found = config.users.find(chosen.user);
    if (found == config.users.end()) {
      return Bad(Where(chosen.file, name, "user", chosen.user) + " does not exist; " +
                 Names(config.users));
    }
    user = found->second;
  }
  ClusterAccess access{.config = {.server = cluster->second.server, .http = {}, .bearer_token = {}},
                       .ns = chosen.ns,
                       .context = name};
  Result<Transport> transport = TransportOf(cluster->second);
  if (!transport) {
    return transport.error().Wrap(Where(cluster->second.file, name, "cluster", chosen.cluster));
  }
  const Status status = AddUser(user, cluster->second, std::move(*transport), access.config);
  if (!status) {
    return status.error().Wrap(
        Where(user.file.empty() ? chosen.file : user.file, name, "user", chosen.user));
  }
  return access;
}

}  // namespace

Result<ClusterAccess> LoadKubeconfig(const Context& ctx, const KubeconfigOptions& options) {
  VR_RETURN_IF_ERROR(ctx.Check("read the kubeconfig"));
  VR_ASSIGN_OR_RETURN(const Kubeconfig config, ReadAll(options.files));
  const std::string& name = options.context.empty() ? config.current_context : options.context;
  if (!name.empty()) return Select(config, options.files.front(), name);
  return Bad("kubeconfig '" + options.files.front().string() +
             "': current-context is not set; choose one with --context (" + Names(config.contexts) +
             ")");
}

Result<ClusterAccess> LoadInCluster(const fs::path& service_account_dir, const std::string& host,
                                    const std::string& port) {
  if (host.empty() || port.empty()) {
    return Bad(
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod; "
        "use a kubeconfig");
  }
  const fs::path ca = service_account_dir / "ca.crt";
  const fs::path token = service_account_dir / "token";
  for (const fs::path& path : {ca, token}) {
    const auto text = ReadFile(path);
    if (text && !text->empty()) continue;
    return Bad("service account file '" + path.string() +
               "' is missing or empty; is automountServiceAccountToken off?");
  }
  VR_ASSIGN_OR_RETURN(auto http, net::MakeCurlHttpClient({.ca_file = ca.string()}));
  const bool v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  ClusterAccess access{
      .config = {.server = "https://" + (v6 ? "[" + host + "]" : host) + ":" + port,
                 .http = std::move(http),
                 .bearer_token = TokenFromFile(token, Duration::zero())},
      .ns = ReadFile(service_account_dir / "namespace").value_or(""),
      .context = ""};
  while (access.ns.ends_with('\n')) access.ns.pop_back();
  return access;
}

std::vector<fs::path> SplitPathList(std::string_view list) {
  std::vector<fs::path> paths;
  while (!list.empty()) {
    const size_t end = std::min(list.find(':'), list.size());
    if (end > 0) paths.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return paths;
}

}  // namespace vr::kube
