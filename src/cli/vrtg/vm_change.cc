// vrtg vm create, delete, start, stop and restart.
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/json_util.h"
#include "cli/printer.h"
#include "cli/resources.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::minutes kWaitTimeout{10};
constexpr std::chrono::minutes kOffTimeout{5};

Error Bad(const std::string& message) { return Error{ErrorKind::kInvalidSpec, message, {}}; }

// "name=value" taken apart.
Result<std::pair<std::string, std::string>> Pair(const std::string& text, const char* flag) {
  const size_t at = text.find('=');
  if (at == std::string::npos || at == 0)
    return Bad(std::string(flag) + " '" + text + "': write name=value");
  return std::pair{text.substr(0, at), text.substr(at + 1)};
}

Result<Json> Disk(const std::string& text) {
  VR_ASSIGN_OR_RETURN(const auto pair, Pair(text, "--disk"));
  int size = 0;
  const char* end = pair.second.data() + pair.second.size();
  const auto parsed = std::from_chars(pair.second.data(), end, size);
  if (parsed.ec != std::errc() || parsed.ptr != end || size < 1)
    return Bad("--disk '" + text + "': write name=GiB");
  return Json{{"name", pair.first}, {"sizeGiB", size}};
}

Result<std::string> ReadFile(const Env& env, const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << env.in.rdbuf();
    return text.str();
  }
  std::ifstream in(path);
  if (!in) return Error{ErrorKind::kNotFound, "cannot read " + path, {}};
  text << in.rdbuf();
  return text.str();
}

Result<Json> Manifest(const Env& env, const VmCreateOptions& options, const std::string& ns) {
  const std::string& provider =
      options.provider.empty() ? env.settings.preferred_provider : options.provider;
  if (provider.empty())
    return Bad("--provider is missing (or set providers.preferred in the configuration file)");
  Json spec = {{"providerRef", {{"name", provider}}},
               {"classRef", {{"name", options.vm_class}}},
               {"powerState", options.power}};
  if (!options.image.empty()) spec["imageRef"] = {{"name", options.image}};
  for (const std::string& network : options.networks) {
    spec["networks"].push_back({{"name", network}, {"networkRef", {{"name", network}}}});
  }
  for (const std::string& text : options.disks) {
    VR_ASSIGN_OR_RETURN(Json disk, Disk(text));
    spec["disks"].push_back(std::move(disk));
  }
  if (!options.user_data_file.empty()) {
    VR_ASSIGN_OR_RETURN(spec["userData"]["cloudInit"]["inline"],
                        ReadFile(env, options.user_data_file));
  }
  Json object = {{"apiVersion", VirtualMachineType().ApiVersion()},
                 {"kind", VirtualMachineType().kind},
                 {"metadata", {{"name", options.name}, {"namespace", ns}}},
                 {"spec", std::move(spec)}};
  for (const std::string& label : options.labels) {
    VR_ASSIGN_OR_RETURN(const auto pair, Pair(label, "--label"));
    object["metadata"]["labels"][pair.first] = pair.second;
  }
  return object;
}

DoneCheck PowerIs(const std::string& wanted) {
  return [wanted](const Json* vm) -> Result<bool> {
    if (vm == nullptr)
      return Error{ErrorKind::kNotFound, "the virtual machine was deleted meanwhile", {}};
    const std::string power = TextAt(*vm, "/status/powerState");
    return wanted == "On" ? power == "On" : power == "Off" || power == "OffGraceful";
  };
}

Status SetPower(Env& env, const Connection& connection, const kube::Key& key,
                const std::string& state) {
  kube::WriteOptions write;
  write.field_manager = "vrtg";
  const Json patch = {{"spec", {{"powerState", state}}}};
  return connection.client
      ->Patch(Context(env.stop, env.clock).WithTimeout(std::chrono::seconds(30)),
              VirtualMachineType(), key, kube::PatchType::kMerge, patch, write)
      .status();
}

Status PowerOne(Env& env, const Connection& connection, const std::string& name, PowerVerb verb,
                const VmPowerOptions& options) {
  const kube::Key key{connection.ns, name};
  const std::string off = options.force ? "Off" : "OffGraceful";
  const auto wait_for = [&](const std::string& state, Duration fallback) {
    return WaitFor(env.Ctx(fallback), *connection.client, VirtualMachineType(), key,
                   PowerIs(state));
  };
  const char* said = verb == PowerVerb::kStart  ? "started"
                     : verb == PowerVerb::kStop ? "stopped"
                                                : "restarted";
  if (verb != PowerVerb::kStart) VR_RETURN_IF_ERROR(SetPower(env, connection, key, off));
  if (verb == PowerVerb::kRestart || (verb == PowerVerb::kStop && options.wait))
    VR_RETURN_IF_ERROR(wait_for("Off", kOffTimeout));
  if (verb != PowerVerb::kStop) VR_RETURN_IF_ERROR(SetPower(env, connection, key, "On"));
  if (verb != PowerVerb::kStop && options.wait) VR_RETURN_IF_ERROR(wait_for("On", kWaitTimeout));
  env.out << "virtualmachine.infra.virtrigaud.io/" << name << " " << said
          << (options.wait ? "" : " (requested)") << "\n";
  return {};
}

}  // namespace

Status VmCreate(Env& env, const VmCreateOptions& options) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  VR_ASSIGN_OR_RETURN(const Json object, Manifest(env, options, connection.ns));
  kube::WriteOptions write;
  write.field_manager = "vrtg";
  write.dry_run = options.dry_run;
  write.field_validation = "Strict";
  const Context ctx = Context(env.stop, env.clock).WithTimeout(std::chrono::seconds(30));
  VR_ASSIGN_OR_RETURN(const Json created,
                      connection.client->Create(ctx, VirtualMachineType(), object, write));
  if (env.settings.output.table()) {
    env.out << ObjectName(object) << " created" << (options.dry_run ? " (dry run)" : "") << "\n";
    env.out.flush();
  } else {
    PrintObject(env.out, env.settings.output, created);
  }
  if (!options.wait || options.dry_run) return {};
  return WaitFor(env.Ctx(kWaitTimeout), *connection.client, VirtualMachineType(),
                 {connection.ns, options.name}, IsReady);
}

Status VmDelete(Env& env, const VmDeleteOptions& options) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  const Context ctx = Context(env.stop, env.clock).WithTimeout(std::chrono::seconds(30));
  std::vector<kube::Key> deleted;
  for (const std::string& name : options.names) {
    const Status status =
        connection.client->Delete(ctx, VirtualMachineType(), {connection.ns, name});
    if (!status && status.error().kind == ErrorKind::kNotFound && options.ignore_not_found)
      continue;
    VR_RETURN_IF_ERROR(status);
    env.out << "virtualmachine.infra.virtrigaud.io/" << name << " deleted\n";
    env.out.flush();
    deleted.push_back({connection.ns, name});
  }
  for (const kube::Key& key : deleted) {
    if (!options.wait) break;
    VR_RETURN_IF_ERROR(WaitFor(env.Ctx(kWaitTimeout), *connection.client, VirtualMachineType(), key,
                               [](const Json* vm) -> Result<bool> { return vm == nullptr; }));
  }
  return {};
}

Status VmPower(Env& env, PowerVerb verb, const VmPowerOptions& options) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  for (const std::string& name : options.names) {
    VR_RETURN_IF_ERROR(PowerOne(env, connection, name, verb, options));
  }
  return {};
}

}  // namespace vr::cli
