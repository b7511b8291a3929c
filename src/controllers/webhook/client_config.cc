#include "controllers/webhook/client_config.h"

#include <nlohmann/json.hpp>

#include "api/constants.h"
#include "base/base64.h"
#include "base/log.h"
#include "controllers/webhook/handler.h"
#include "kube/meta_json.h"
#include "net/url.h"

namespace vr::controllers {
namespace {

using Json = nlohmann::json;

std::string PathOf(const kube::ResourceType& type) {
  return type.kind == "MutatingWebhookConfiguration" ? kMutatePath : kValidatePath;
}

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

Result<std::vector<std::string>> WebhookTarget::Names() const {
  if (url.empty()) {
    const std::string name = service.name + "." + service.ns;
    return std::vector<std::string>{name + ".svc", name + ".svc.cluster.local", name};
  }
  VR_ASSIGN_OR_RETURN(const net::Url parsed, net::ParseUrl(url));
  return std::vector<std::string>{parsed.host};
}

const std::vector<kube::ResourceType>& ConfigurationTypes() {
  static const std::vector<kube::ResourceType> types = {
      {"admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration",
       "validatingwebhookconfigurations", false},
      {"admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration",
       "mutatingwebhookconfigurations", false}};
  return types;
}

std::string ConfigurationSelector() { return std::string(api::kWebhookLabel) + "=true"; }

Json PointedAt(Json configuration, const std::string& path, const WebhookTarget& target,
               const std::string& bundle) {
  const auto webhooks = configuration.find("webhooks");
  if (webhooks == configuration.end() || !webhooks->is_array()) return configuration;
  for (Json& webhook : *webhooks) {
    Json before = webhook.value("clientConfig", Json::object());
    Json& after = webhook["clientConfig"] = {{"caBundle", EncodeBase64(bundle)}};
    if (!target.url.empty()) {
      after["url"] = WithoutSlash(target.url) + path;
      continue;
    }
    after["service"] = {
        {"namespace", target.service.ns}, {"name", target.service.name}, {"path", path}};
    const Json& service = before["service"];
    constexpr int kDefaultPort = 443;
    after["service"]["port"] =
        service.is_object() ? service.value("port", kDefaultPort) : kDefaultPort;
  }
  return configuration;
}

Result<KeptConfigurations> KeepConfigurations(const Context& ctx, const kube::Client& client,
                                              const WebhookTarget& target,
                                              const std::string& bundle) {
  KeptConfigurations kept;
  for (const kube::ResourceType& type : ConfigurationTypes()) {
    const auto page =
        client.List(ctx, type, {.label_selector = ConfigurationSelector()});  // a handful
    if (!page && page.error().kind == ErrorKind::kNotFound) continue;
    if (!page) return page.error();
    for (const Json& before : page->items) {
      ++kept.found;
      const Json after = PointedAt(before, PathOf(type), target, bundle);
      if (after == before) continue;
      const Json patch = {{"metadata", {{"resourceVersion", kube::ResourceVersionOf(before)}}},
                          {"webhooks", after["webhooks"]}};
      const kube::Key key = kube::KeyOf(before);
      VR_RETURN_IF_ERROR(client.Patch(ctx, type, key, kube::PatchType::kMerge, patch).status());
      LogInfo(ctx, "Webhook configuration pointed at this manager",
              {{"kind", type.kind}, {"name", key.name}});
      ++kept.patched;
    }
  }
  return kept;
}

}  // namespace vr::controllers
