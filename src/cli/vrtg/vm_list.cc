// vrtg vm list, get and watch.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/json_path.h"
#include "cli/json_util.h"
#include "cli/printer.h"
#include "cli/report.h"
#include "cli/resources.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

std::string Coloured(const Env& env, const std::string& phase) {
  if (!env.settings.colors || !env.terminal) return phase;
  if (phase == "Running") return "\x1b[32m" + phase + "\x1b[0m";
  if (phase == "Failed") return "\x1b[31m" + phase + "\x1b[0m";
  return "\x1b[33m" + phase + "\x1b[0m";
}

Row Header(const Env& env, bool all_namespaces) {
  Row header;
  if (all_namespaces) header.push_back("NAMESPACE");
  for (const char* column : {"NAME", "POWER", "PHASE", "READY", "PROVIDER", "IPS"})
    header.push_back(column);
  if (env.settings.output.kind == OutputKind::kWide) {
    for (const char* column : {"CLASS", "IMAGE", "ID", "CONSOLE", "MESSAGE"})
      header.push_back(column);
  }
  header.push_back(env.settings.timestamps ? "CREATED" : "AGE");
  return header;
}

Row VmRow(const Env& env, const Json& vm, bool all_namespaces) {
  Row row;
  if (all_namespaces) row.push_back(TextAt(vm, "/metadata/namespace"));
  const Json ready = ConditionOf(vm, "Ready");
  const bool deleting = !TextAt(vm, "/metadata/deletionTimestamp").empty();
  row.push_back(TextAt(vm, "/metadata/name"));
  row.push_back(TextAt(vm, "/status/powerState"));
  row.push_back(Coloured(env, deleting ? "Deleting" : TextAt(vm, "/status/phase")));
  row.push_back(ready.is_null() ? "Unknown" : TextAt(ready, "/status"));
  row.push_back(TextAt(vm, "/spec/providerRef/name"));
  row.push_back(JoinAt(vm, "/status/ips"));
  if (env.settings.output.kind == OutputKind::kWide) {
    row.push_back(TextAt(vm, "/spec/classRef/name"));
    row.push_back(TextAt(vm, "/spec/imageRef/name"));
    row.push_back(TextAt(vm, "/status/id"));
    row.push_back(TextAt(vm, "/status/consoleURL"));
    const std::string message = TextAt(vm, "/status/message");
    row.push_back(message.empty() && !ready.is_null() ? TextAt(ready, "/message") : message);
  }
  row.push_back(ShowTime(TextAt(vm, "/metadata/creationTimestamp"), env.clock.WallNow(),
                         env.settings.timestamps ? TimeStyle::kTimestamp : TimeStyle::kAge));
  return row;
}

// --sort-by: a column of the documentation, or a JSONPath.
Result<JsonPath> SortKey(const std::string& column) {
  static const std::map<std::string, std::string> columns = {
      {"name", "{.metadata.name}"},           {"namespace", "{.metadata.namespace}"},
      {"powerState", "{.status.powerState}"}, {"provider", "{.spec.providerRef.name}"},
      {"phase", "{.status.phase}"},           {"class", "{.spec.classRef.name}"},
      {"image", "{.spec.imageRef.name}"},     {"age", "{.metadata.creationTimestamp}"}};
  if (const auto found = columns.find(column); found != columns.end())
    return JsonPath::Parse(found->second);
  if (column.starts_with('.') || column.starts_with('{')) return JsonPath::Parse(column);
  return Error{
      ErrorKind::kInvalidSpec,
      "--sort-by '" + column +
          "': use name, namespace, powerState, provider, phase, class, image, age or a JSONPath",
      {}};
}

Status Sort(std::vector<Json>& vms, const std::string& column) {
  VR_ASSIGN_OR_RETURN(const JsonPath path, SortKey(column));
  std::stable_sort(vms.begin(), vms.end(),
                   [&](const Json& a, const Json& b) { return path.Print(a) < path.Print(b); });
  return {};
}

Status Watch(Env& env, const Connection& connection, const Selection& selection,
             bool all_namespaces) {
  if (!selection.name.empty()) {  // one that does not exist is most likely a typo
    VR_RETURN_IF_ERROR(
        connection.client->Get(env.Ctx(), VirtualMachineType(), {selection.ns, selection.name})
            .status());
  }
  TablePrinter table(env.out, Header(env, all_namespaces));
  return Follow(env.EndlessCtx(), *connection.client, VirtualMachineType(), selection,
                [&](kube::WatchEventType type, const Json& vm) -> Status {
                  if (!env.settings.output.table()) {
                    PrintObject(env.out, env.settings.output, vm);
                    return FlushOutput(env);
                  }
                  Row row = VmRow(env, vm, all_namespaces);
                  if (type == kube::WatchEventType::kDeleted)
                    row[all_namespaces ? 3 : 2] = "Deleted";
                  table.Print({row});
                  return FlushOutput(env);
                });
}

}  // namespace

Status VmList(Env& env, const VmListOptions& options) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  const Selection selection{options.all_namespaces ? "" : connection.ns, options.name,
                            options.label_selector, options.field_selector};
  if (options.watch) return Watch(env, connection, selection, options.all_namespaces);
  VR_ASSIGN_OR_RETURN(std::vector<Json> vms,
                      ListAll(env.Ctx(), *connection.client, VirtualMachineType(), selection));
  if (!options.sort_by.empty()) VR_RETURN_IF_ERROR(Sort(vms, options.sort_by));
  if (!env.settings.output.table()) {
    PrintObjects(env.out, env.settings.output, vms);
    return {};
  }
  if (vms.empty()) {
    env.err << (options.all_namespaces
                    ? "No virtual machines found\n"
                    : "No virtual machines found in namespace " + connection.ns + "\n");
    return {};
  }
  std::vector<Row> rows;
  for (const Json& vm : vms) rows.push_back(VmRow(env, vm, options.all_namespaces));
  TablePrinter(env.out, Header(env, options.all_namespaces)).Print(rows);
  return {};
}

Status CheckVmList(const VmListOptions& options) {
  if (!options.sort_by.empty()) VR_RETURN_IF_ERROR(SortKey(options.sort_by).status());
  if (options.all_namespaces && !options.name.empty())
    return Error{ErrorKind::kInvalidSpec, "give a name or -A, not both", {}};
  return CheckFieldSelector(VirtualMachineType(), options.field_selector);
}

Status VmGet(Env& env, const VmGetOptions& options) {
  if (options.names.empty() || options.watch) {
    return VmList(env, {.label_selector = options.label_selector,
                        .watch = options.watch,
                        .name = options.names.empty() ? "" : options.names.front()});
  }
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  std::vector<Json> vms;
  Failures failures(env, options.names.size());
  for (const std::string& name : options.names) {
    auto vm = connection.client->Get(env.Ctx(), VirtualMachineType(), {connection.ns, name});
    if (vm) {
      vms.push_back(*std::move(vm));
    } else if (!failures.Add(vm.error())) {
      break;
    }
  }
  if (!env.settings.output.table()) {
    if (options.names.size() == 1 && vms.size() == 1) {
      PrintObject(env.out, env.settings.output, vms.front());
    } else if (!vms.empty()) {
      PrintObjects(env.out, env.settings.output, vms);
    }
  } else if (!vms.empty()) {
    std::vector<Row> rows;
    for (const Json& vm : vms) rows.push_back(VmRow(env, vm, false));
    TablePrinter(env.out, Header(env, false)).Print(rows);
  }
  return failures.Summary("virtual machines cannot be shown");
}

}  // namespace vr::cli
