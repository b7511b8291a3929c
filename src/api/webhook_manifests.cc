#include "api/webhook_manifests.h"

#include <nlohmann/json.hpp>

#include "api/constants.h"
#include "api/kinds.h"
#include "kube/yaml.h"

namespace vr::api {
namespace {

using Json = nlohmann::json;

constexpr const char* kNamespace = "virtrigaud";
constexpr const char* kService = "virtrigaud-webhook";
constexpr int kServicePort = 443;
constexpr int kTimeoutSeconds = 5;

constexpr const char* kHeader = "# Generated from src/api by `make gen-crds`; do not edit.\n";
constexpr const char* kValidatingNote =
    "# failurePolicy is Ignore: while no manager answers, objects are stored unchecked, and the "
    "manager shows what is wrong\n"
    "# with them in the condition Ready (reason ValidationError) instead of acting. With Fail, "
    "nobody could change any object\n"
    "# of ours while no manager runs, the finalizers of those that are being deleted included.\n"
    "# clientConfig.caBundle is filled in, and kept, by the manager.\n";
constexpr const char* kMutatingNote =
    "# Optional: it fills in defaults of the schema, which API servers do by themselves. Of use "
    "only with CRDs that are\n"
    "# older than the manager. failurePolicy is Ignore for the reason given in validating.yaml.\n"
    "# clientConfig.caBundle is filled in, and kept, by the manager.\n";

Json Metadata(const char* name) {
  return {{"name", name}, {"labels", {{"app.kubernetes.io/name", "virtrigaud"}}}};
}

Json Configuration(const char* kind, const char* name, const char* webhook, const char* path) {
  Json resources = Json::array();
  for (const KindInfo& info : AllKinds()) resources.push_back(info.type.plural);
  Json metadata = Metadata(name);
  metadata["labels"][kWebhookLabel] = "true";
  return {{"apiVersion", "admissionregistration.k8s.io/v1"},
          {"kind", kind},
          {"metadata", std::move(metadata)},
          {"webhooks", Json::array({{{"name", webhook},
                                     {"admissionReviewVersions", {"v1"}},
                                     {"clientConfig",
                                      {{"service",
                                        {{"namespace", kNamespace},
                                         {"name", kService},
                                         {"path", path},
                                         {"port", kServicePort}}}}},
                                     {"failurePolicy", "Ignore"},
                                     {"matchPolicy", "Equivalent"},
                                     {"rules", Json::array({{{"apiGroups", {kGroup}},
                                                             {"apiVersions", {kVersion}},
                                                             {"operations", {"CREATE", "UPDATE"}},
                                                             {"resources", std::move(resources)},
                                                             {"scope", "Namespaced"}}})},
                                     {"sideEffects", "None"},
                                     {"timeoutSeconds", kTimeoutSeconds}}})}};
}

Json Service() {
  Json metadata = Metadata(kService);
  metadata["namespace"] = kNamespace;
  return {{"apiVersion", "v1"},
          {"kind", "Service"},
          {"metadata", std::move(metadata)},
          {"spec",
           {{"selector", {{"app.kubernetes.io/name", "virtrigaud"}}},
            {"ports", Json::array({{{"name", "webhook"},
                                    {"port", kServicePort},
                                    {"protocol", "TCP"},
                                    {"targetPort", 9443}}})}}}};
}

}  // namespace

std::vector<Manifest> WebhookManifests() {
  const std::string header = kHeader;
  return {
      {"mutating.yaml",
       header + kMutatingNote +
           kube::ToYaml(Configuration("MutatingWebhookConfiguration", "virtrigaud-mutating-webhook",
                                      "mutate.infra.virtrigaud.io", "/mutate"))},
      {"service.yaml", header + kube::ToYaml(Service())},
      {"validating.yaml", header + kValidatingNote +
                              kube::ToYaml(Configuration(
                                  "ValidatingWebhookConfiguration", "virtrigaud-validating-webhook",
                                  "validate.infra.virtrigaud.io", "/validate"))}};
}

}  // namespace vr::api
