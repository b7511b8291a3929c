#include "cli/vrtg/completion_values.h"

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "api/kinds.h"
#include "cli/connect.h"
#include "cli/json_util.h"
#include "cli/resources.h"
#include "cli/text_file.h"
#include "kube/kubeconfig_file.h"

namespace vr::cli {
namespace {

using Names = std::set<std::string>;

constexpr std::chrono::seconds kPatience{2};

Names NamesOf(const Env& env, const kube::ResourceType& type) {
  Names names;
  const auto connection = Connect(env);
  if (!connection) return names;
  const Context ctx = Context(env.stop, env.clock).WithTimeout(kPatience);
  const auto objects = ListAll(ctx, *connection->client, type,
                               {.ns = type.namespaced ? connection->ns : std::string()});
  if (!objects) return names;
  for (const auto& object : *objects) names.insert(TextAt(object, "/metadata/name"));
  return names;
}

Names NamesOf(const Env& env, const char* kind) {
  const api::KindInfo* info = api::FindKind(kind);
  return info == nullptr ? Names() : NamesOf(env, info->type);
}

// Of our configuration file and of the kubeconfig.
Names Contexts(const Env& env, const ConfigFile& config) {
  Names names;
  for (const auto& [name, settings] : config.contexts) names.insert(name);
  for (const std::filesystem::path& file : KubeconfigFiles(env)) {
    std::istringstream none;
    const auto text = ReadText(none, file.string());
    const auto kubeconfig =
        text ? kube::ParseKubeconfig(*text, file) : Result<kube::Kubeconfig>(text.error());
    if (!kubeconfig) continue;
    for (const auto& [name, context] : kubeconfig->contexts) names.insert(name);
  }
  return names;
}

}  // namespace

Names ValuesOf(const Env& env, const ConfigFile& config, const std::string& flag) {
  static const std::map<std::string, Names> fixed = {
      {"output", {"json", "jsonpath=", "name", "table", "wide", "yaml"}},
      {"power", {"Off", "OffGraceful", "On"}},
      {"sort-by",
       {"age", "class", "image", "name", "namespace", "phase", "powerState", "provider"}},
      {"config", {kFilesBelongHere}},
      {"kubeconfig", {kFilesBelongHere}},
      {"filename", {kFilesBelongHere}},
      {"user-data", {kFilesBelongHere}},
      {"data-dir", {kFilesBelongHere}}};
  static const std::map<std::string, const char*> kinds = {{"class", "VMClass"},
                                                           {"image", "VMImage"},
                                                           {"network", "VMNetworkAttachment"},
                                                           {"provider", "Provider"}};
  static const kube::ResourceType namespaces{"", "v1", "Namespace", "namespaces", false};
  if (const auto found = fixed.find(flag); found != fixed.end()) return found->second;
  if (const auto found = kinds.find(flag); found != kinds.end()) return NamesOf(env, found->second);
  if (flag == "namespace") return NamesOf(env, namespaces);
  if (flag == "context") return Contexts(env, config);
  return {};
}

Names MachineNames(const Env& env) { return NamesOf(env, VirtualMachineType()); }

}  // namespace vr::cli
