// vrtg vm create, delete, start, stop and restart.
#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/field_paths.h"
#include "cli/json_util.h"
#include "cli/printer.h"
#include "cli/report.h"
#include "cli/resources.h"
#include "cli/text_file.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kRequestTimeout{30};
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

Error WithPrefix(const char* prefix, Error error) {
  error.message = prefix + error.message;
  return error;
}

Result<Json> Manifest(const Env& env, const VmCreateOptions& options, const std::string& ns) {
  const std::string& provider =
      options.provider.empty() ? env.settings.preferred_provider : options.provider;
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
    auto text = ReadText(env.in, options.user_data_file);
    if (!text) return WithPrefix("--user-data ", text.error());
    spec["userData"]["cloudInit"]["inline"] = *std::move(text);
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

Status SetPower(Env& env, const Connection& connection, const std::string& name,
                const std::string& state) {
  const Context ctx = Context(env.stop, env.clock).WithTimeout(kRequestTimeout);
  const kube::Key key{connection.ns, name};
  VR_ASSIGN_OR_RETURN(const Json vm, connection.client->Get(ctx, VirtualMachineType(), key));
  if (const std::string since = TextAt(vm, "/metadata/deletionTimestamp"); !since.empty()) {
    return Error{ErrorKind::kConflict,
                 "virtual machine " + name + " is being deleted since " + since +
                     "; see 'vrtg vm describe " + name + "'",
                 {}};
  }
  kube::WriteOptions write;
  write.field_manager = "vrtg";
  const Json patch = {{"spec", {{"powerState", state}}}};
  return connection.client
      ->Patch(ctx, VirtualMachineType(), key, kube::PatchType::kMerge, patch, write)
      .status();
}

// The names that are given, or those that the selector finds.
Result<std::vector<std::string>> NamesOf(Env& env, const Connection& connection,
                                         const std::vector<std::string>& names,
                                         const std::string& selector) {
  if (!names.empty()) return names;
  VR_ASSIGN_OR_RETURN(const std::vector<Json> vms,
                      ListAll(env.Ctx(), *connection.client, VirtualMachineType(),
                              {.ns = connection.ns, .label_selector = selector}));
  std::vector<std::string> found;
  for (const Json& vm : vms) found.push_back(TextAt(vm, "/metadata/name"));
  if (found.empty())
    env.err << "No virtual machines with " << selector << " in namespace " << connection.ns << "\n";
  return found;
}

using Step = std::function<Status(const std::string& name)>;

// Each step with all machines before the next one, so that they shut down and start side by side.
// One that fails takes no further part.
Status RunSteps(Env& env, std::vector<std::string> names, const std::vector<Step>& steps,
                const std::string& what) {
  Failures failures(env, names.size());
  for (const Step& step : steps) {
    std::vector<std::string> left;
    for (const std::string& name : names) {
      Status done = step(name);
      if (done) left.push_back(name);
      if (!done && !failures.Add(std::move(done).error())) return failures.Summary(what);
    }
    names = std::move(left);
  }
  return failures.Summary(what);
}

Step Say(Env& env, const std::string& what) {
  return [&env, what](const std::string& name) -> Status {
    env.out << "virtualmachine.infra.virtrigaud.io/" << name << " " << what << std::endl;
    return {};
  };
}

}  // namespace

Status CheckVmCreate(const Env& env, const VmCreateOptions& options) {
  if (options.provider.empty() && env.settings.preferred_provider.empty())
    return Bad("--provider is missing (or set providers.preferred in the configuration file)");
  for (const std::string& disk : options.disks) VR_RETURN_IF_ERROR(Disk(disk).status());
  for (const std::string& label : options.labels)
    VR_RETURN_IF_ERROR(Pair(label, "--label").status());
  return {};
}

Status VmCreate(Env& env, const VmCreateOptions& options) {
  VR_RETURN_IF_ERROR(CheckVmCreate(env, options));
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  VR_ASSIGN_OR_RETURN(const Json object, Manifest(env, options, connection.ns));
  kube::WriteOptions write;
  write.field_manager = "vrtg";
  write.dry_run = options.dry_run;
  write.field_validation = "Strict";
  const Context ctx = Context(env.stop, env.clock).WithTimeout(kRequestTimeout);
  const auto created = connection.client->Create(ctx, VirtualMachineType(), object, write);
  if (!created) return ExplainField(created.error(), VirtualMachineType().kind);
  if (env.settings.output.table()) {
    env.out << ObjectName(object) << " created" << (options.dry_run ? " (dry run)" : "") << "\n";
    env.out.flush();
  } else {
    PrintObject(env.out, env.settings.output, *created);
  }
  if (!options.wait || options.dry_run) return {};
  return WaitFor(env.Ctx(kWaitTimeout), *connection.client, VirtualMachineType(),
                 {connection.ns, options.name}, IsReady);
}

Status VmDelete(Env& env, const VmDeleteOptions& options) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  VR_ASSIGN_OR_RETURN(std::vector<std::string> names,
                      NamesOf(env, connection, options.names, options.label_selector));
  std::set<std::string> gone_before;
  const auto remove = [&](const std::string& name) -> Status {
    Status status =
        connection.client->Delete(Context(env.stop, env.clock).WithTimeout(kRequestTimeout),
                                  VirtualMachineType(), {connection.ns, name});
    const bool gone = !status && status.error().kind == ErrorKind::kNotFound;
    if (!gone || !options.ignore_not_found) return status;
    gone_before.insert(name);
    return {};
  };
  const auto finish = [&](const std::string& name) -> Status {
    if (gone_before.contains(name)) return {};
    if (!options.wait) return Say(env, "is being deleted")(name);
    VR_RETURN_IF_ERROR(WaitFor(env.Ctx(kWaitTimeout), *connection.client, VirtualMachineType(),
                               {connection.ns, name},
                               [](const Json* vm) -> Result<bool> { return vm == nullptr; }));
    return Say(env, "deleted")(name);
  };
  return RunSteps(env, std::move(names), {remove, finish}, "virtual machines were not deleted");
}

Status VmPower(Env& env, PowerVerb verb, const VmPowerOptions& options) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  VR_ASSIGN_OR_RETURN(std::vector<std::string> names,
                      NamesOf(env, connection, options.names, options.label_selector));
  const auto set = [&](const std::string& state) -> Step {
    return [&, state](const std::string& name) { return SetPower(env, connection, name, state); };
  };
  const auto wait = [&](const std::string& state, Duration patience) -> Step {
    return [&, state, patience](const std::string& name) {
      return WaitFor(env.Ctx(patience), *connection.client, VirtualMachineType(),
                     {connection.ns, name}, PowerIs(state));
    };
  };
  std::vector<Step> steps;
  if (verb != PowerVerb::kStart) steps.push_back(set(options.force ? "Off" : "OffGraceful"));
  if (verb == PowerVerb::kRestart || (verb == PowerVerb::kStop && options.wait))
    steps.push_back(wait("Off", kOffTimeout));
  if (verb != PowerVerb::kStop) steps.push_back(set("On"));
  if (verb != PowerVerb::kStop && options.wait) steps.push_back(wait("On", kWaitTimeout));
  const std::string said = verb == PowerVerb::kStart  ? "started"
                           : verb == PowerVerb::kStop ? "stopped"
                                                      : "restarted";
  // The last step that asks or waits says so for each machine as it is done.
  const Step last = std::move(steps.back());
  const Step say = Say(env, said + (options.wait ? "" : " (requested)"));
  steps.back() = [last, say](const std::string& name) -> Status {
    VR_RETURN_IF_ERROR(last(name));
    return say(name);
  };
  return RunSteps(env, std::move(names), steps, "virtual machines were not " + said);
}

}  // namespace vr::cli
