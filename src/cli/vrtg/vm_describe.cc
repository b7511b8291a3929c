// vrtg vm describe, events and console-url.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/json_util.h"
#include "cli/printer.h"
#include "cli/report.h"
#include "cli/resources.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

// Of one machine; of all for an empty name.
Selection EventsOf(const std::string& ns, const std::string& name) {
  return {.ns = ns,
          .field_selector = "involvedObject.kind=VirtualMachine" +
                            (name.empty() ? "" : ",involvedObject.name=" + name)};
}

std::string LastSeen(const Json& event) {
  for (const char* pointer : {"/series/lastObservedTime", "/lastTimestamp", "/eventTime",
                              "/metadata/creationTimestamp"}) {
    if (std::string time = TextAt(event, pointer); !time.empty()) return time;
  }
  return "";
}

// Which columns tell the machines apart.
struct EventColumns {
  bool ns = false;
  bool name = false;
};

Row EventRow(const Env& env, const Json& event, const EventColumns& columns) {
  const std::string count = TextAt(event, "/series/count").empty() ? TextAt(event, "/count")
                                                                   : TextAt(event, "/series/count");
  Row row;
  if (columns.ns) row.push_back(TextAt(event, "/metadata/namespace"));
  row.push_back(ShowTime(LastSeen(event), env.clock.WallNow(),
                         env.settings.timestamps ? TimeStyle::kTimestamp : TimeStyle::kAge));
  if (columns.name) row.push_back(TextAt(event, "/involvedObject/name"));
  for (std::string cell : {TextAt(event, "/type"), TextAt(event, "/reason"),
                           count.empty() ? "1" : count, TextAt(event, "/message")})
    row.push_back(std::move(cell));
  return row;
}

Row EventHeader(const EventColumns& columns) {
  Row header;
  if (columns.ns) header.push_back("NAMESPACE");
  header.push_back("LAST SEEN");
  if (columns.name) header.push_back("NAME");
  for (const char* column : {"TYPE", "REASON", "COUNT", "MESSAGE"}) header.push_back(column);
  return header;
}

void PrintEvents(const Env& env, const std::vector<Json>& events, const EventColumns& columns) {
  std::vector<Row> rows;
  for (const Json& event : events) rows.push_back(EventRow(env, event, columns));
  TablePrinter(env.out, EventHeader(columns)).Print(rows);
}

Result<std::vector<Json>> SortedEvents(Env& env, const Connection& connection,
                                       const Selection& selection) {
  VR_ASSIGN_OR_RETURN(std::vector<Json> events,
                      ListAll(env.Ctx(), *connection.client, EventType(), selection));
  std::stable_sort(events.begin(), events.end(),
                   [](const Json& a, const Json& b) { return LastSeen(a) < LastSeen(b); });
  return events;
}

void Line(Env& env, const char* label, const std::string& value) {
  env.out << label << std::string(20 - std::string_view(label).size(), ' ')
          << (value.empty() ? "<none>" : value) << "\n";
}

std::string Labels(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  std::string text;
  if (!object.contains(at)) return text;
  for (const auto& [key, value] : object.at(at).items()) {
    if (key == "kubectl.kubernetes.io/last-applied-configuration") continue;
    text += (text.empty() ? "" : ",") + key + "=" +
            (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

void DescribeConditions(Env& env, const Json& vm) {
  const Json::json_pointer at("/status/conditions");
  if (!vm.contains(at) || vm.at(at).empty()) return;
  env.out << "\nConditions:\n";
  std::vector<Row> rows;
  for (const Json& condition : vm.at(at)) {
    rows.push_back(
        {TextAt(condition, "/type"), TextAt(condition, "/status"), TextAt(condition, "/reason"),
         ShowTime(TextAt(condition, "/lastTransitionTime"), env.clock.WallNow(), TimeStyle::kAge),
         TextAt(condition, "/message")});
  }
  TablePrinter(env.out, {"TYPE", "STATUS", "REASON", "AGE", "MESSAGE"}).Print(rows);
}

void DescribeSpec(Env& env, const Json& vm) {
  Line(env, "Name:", TextAt(vm, "/metadata/name"));
  Line(env, "Namespace:", TextAt(vm, "/metadata/namespace"));
  Line(env, "Labels:", Labels(vm, "/metadata/labels"));
  Line(env, "Created:", TextAt(vm, "/metadata/creationTimestamp"));
  if (const std::string since = TextAt(vm, "/metadata/deletionTimestamp"); !since.empty()) {
    Line(env, "Deleting since:", since);
    Line(env, "Finalizers:", JoinAt(vm, "/metadata/finalizers", ", "));
  }
  Line(env, "Provider:", TextAt(vm, "/spec/providerRef/name"));
  Line(env, "Class:", TextAt(vm, "/spec/classRef/name"));
  Line(env, "Image:", TextAt(vm, "/spec/imageRef/name"));
  Line(env, "Desired power:", TextAt(vm, "/spec/powerState"));
}

void DescribeStatus(Env& env, const Json& vm) {
  env.out << "\n";
  Line(env, "Phase:", TextAt(vm, "/status/phase"));
  Line(env, "Power:", TextAt(vm, "/status/powerState"));
  Line(env, "IPs:", JoinAt(vm, "/status/ips", ", "));
  Line(env, "ID:", TextAt(vm, "/status/id"));
  Line(env, "Console:", TextAt(vm, "/status/consoleURL"));
  if (const std::string message = TextAt(vm, "/status/message"); !message.empty())
    Line(env, "Message:", message);
}

// Why there is no URL, and what would give one.
Error NoConsole(const std::string& name, const Json& vm) {
  const std::string phase = TextAt(vm, "/status/phase");
  const std::string power = TextAt(vm, "/status/powerState");
  const std::string who = "virtual machine " + name;
  if (power == "Off" || power == "OffGraceful") {
    return WithHint({ErrorKind::kNotFound, who + " has no console: it is off", {}},
                    "'vrtg vm start " + name + "' starts it");
  }
  if (power == "On") {
    return WithHint({ErrorKind::kNotFound, who + " runs, but its provider gives no console", {}},
                    "'vrtg vm describe " + name + "' shows what its provider says");
  }
  return WithHint({ErrorKind::kRetryable,
                   who + " has no console yet (phase " + (phase.empty() ? "unknown" : phase) +
                       "); it may get one once it runs",
                   {}},
                  "'vrtg vm watch " + name + "' shows when it runs");
}

}  // namespace

Status VmDescribe(Env& env, const std::string& name) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  VR_ASSIGN_OR_RETURN(const Json vm, connection.client->Get(env.Ctx(), VirtualMachineType(),
                                                            {connection.ns, name}));
  if (!env.settings.output.table()) {
    PrintObject(env.out, env.settings.output, vm);
    return {};
  }
  DescribeSpec(env, vm);
  DescribeStatus(env, vm);
  DescribeConditions(env, vm);
  VR_ASSIGN_OR_RETURN(const std::vector<Json> events,
                      SortedEvents(env, connection, EventsOf(connection.ns, name)));
  env.out << "\nEvents:" << (events.empty() ? " <none>\n" : "\n");
  if (!events.empty()) PrintEvents(env, events, {});
  return {};
}

Status VmEvents(Env& env, const VmEventsOptions& options) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  const EventColumns columns{.ns = options.all_namespaces, .name = options.name.empty()};
  const Selection selection = EventsOf(options.all_namespaces ? "" : connection.ns, options.name);
  if (options.watch) {
    TablePrinter table(env.out, EventHeader(columns));
    return Follow(env.EndlessCtx(), *connection.client, EventType(), selection,
                  [&](kube::WatchEventType type, const Json& event) -> Status {
                    if (type == kube::WatchEventType::kDeleted) return {};
                    table.Print({EventRow(env, event, columns)});
                    return FlushOutput(env);
                  });
  }
  VR_ASSIGN_OR_RETURN(const std::vector<Json> events, SortedEvents(env, connection, selection));
  if (!env.settings.output.table()) {
    PrintObjects(env.out, env.settings.output, events);
    return {};
  }
  if (!events.empty()) {
    PrintEvents(env, events, columns);
    return {};
  }
  // No events and no such machine are different answers.
  if (!options.name.empty()) {
    VR_RETURN_IF_ERROR(
        connection.client->Get(env.Ctx(), VirtualMachineType(), {connection.ns, options.name})
            .status());
  }
  env.err << "No events of virtual machine" << (options.name.empty() ? "s" : " " + options.name)
          << " in the last hour or so\n";
  return {};
}

Status VmConsoleUrl(Env& env, const std::string& name) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  VR_ASSIGN_OR_RETURN(const Json vm, connection.client->Get(env.Ctx(), VirtualMachineType(),
                                                            {connection.ns, name}));
  if (!env.settings.output.table()) {
    PrintObject(env.out, env.settings.output, vm);
    return {};
  }
  const std::string url = TextAt(vm, "/status/consoleURL");
  if (url.empty()) return NoConsole(name, vm);
  env.out << url << "\n";
  return {};
}

}  // namespace vr::cli
