// Kubeconfig files, and what exec plug-ins answer.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "kube/exec_plugin.h"
#include "kube/kubeconfig_file.h"

extern const std::vector<std::string> kSeedInputs;
const std::vector<std::string> kSeedInputs = {
    "current-context: dev\n"
    "clusters: [{name: c, cluster: {server: 'https://h:1', certificate-authority-data: YQ==}}]\n"
    "contexts: [{name: dev, context: {cluster: c, user: u, namespace: lab}}]\n",
    "users:\n"
    "- name: u\n"
    "  user:\n"
    "    as: jane\n"
    "    as-user-extra: {scopes: [a]}\n"
    "    exec: {apiVersion: v1, command: x, args: [a], env: [{name: A, value: b}]}\n",
    R"({"apiVersion":"v1","kind":"ExecCredential","status":{"token":"t",)"
    R"("expirationTimestamp":"2026-01-01T00:00:00Z"}})",
    "Zm9vYmFy\nZg=="};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto config = vr::kube::ParseKubeconfig(text, "/dir/config")) {
    vr::kube::Kubeconfig merged = *config;
    vr::kube::MergeKubeconfig(merged, *config);
    if (merged.users.size() != config->users.size()) std::abort();
  }
  if (const auto credential = vr::kube::ParseExecCredential(std::string(text), "v1")) {
    if (credential->token.empty() && credential->cert_pem.empty()) std::abort();
  }
  if (const auto bytes = vr::DecodeBase64(text)) {
    if (vr::DecodeBase64(vr::EncodeBase64(*bytes)).value() != *bytes) std::abort();
  }
  return 0;
}
