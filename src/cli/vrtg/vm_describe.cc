// vrtg vm describe, events and console-url.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/json_util.h"
#include "cli/printer.h"
#include "cli/resources.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

Selection EventsOf(const std::string& ns, const std::string& name) {
  return {.ns = ns,
          .field_selector = "involvedObject.kind=VirtualMachine,involvedObject.name=" + name};
}

std::string LastSeen(const Json& event) {
  for (const char* pointer : {"/series/lastObservedTime", "/lastTimestamp", "/eventTime",
                              "/metadata/creationTimestamp"}) {
    if (std::string time = TextAt(event, pointer); !time.empty()) return time;
  }
  return "";
}

Row EventRow(const Env& env, const Json& event) {
  const std::string count = TextAt(event, "/series/count").empty() ? TextAt(event, "/count")
                                                                   : TextAt(event, "/series/count");
  return {ShowTime(LastSeen(event), env.clock.WallNow(),
                   env.settings.timestamps ? TimeStyle::kTimestamp : TimeStyle::kAge),
          TextAt(event, "/type"), TextAt(event, "/reason"), count.empty() ? "1" : count,
          TextAt(event, "/message")};
}

Row EventHeader() { return {"LAST SEEN", "TYPE", "REASON", "COUNT", "MESSAGE"}; }

Result<std::vector<Json>> SortedEvents(Env& env, const Connection& connection,
                                       const std::string& name) {
  VR_ASSIGN_OR_RETURN(std::vector<Json> events, ListAll(env.Ctx(), *connection.client, EventType(),
                                                        EventsOf(connection.ns, name)));
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
  VR_ASSIGN_OR_RETURN(const std::vector<Json> events, SortedEvents(env, connection, name));
  env.out << "\nEvents:" << (events.empty() ? " <none>\n" : "\n");
  std::vector<Row> rows;
  for (const Json& event : events) rows.push_back(EventRow(env, event));
  if (!rows.empty()) TablePrinter(env.out, EventHeader()).Print(rows);
  return {};
}

Status VmEvents(Env& env, const std::string& name, bool watch) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  if (watch) {
    TablePrinter table(env.out, EventHeader());
    return Follow(env.EndlessCtx(), *connection.client, EventType(), EventsOf(connection.ns, name),
                  [&](kube::WatchEventType type, const Json& event) -> Status {
                    if (type != kube::WatchEventType::kDeleted) table.Print({EventRow(env, event)});
                    return {};
                  });
  }
  VR_ASSIGN_OR_RETURN(const std::vector<Json> events, SortedEvents(env, connection, name));
  if (!env.settings.output.table()) {
    PrintObjects(env.out, env.settings.output, events);
    return {};
  }
  if (events.empty()) {
    // No events and no such machine are different answers.
    VR_RETURN_IF_ERROR(
        connection.client->Get(env.Ctx(), VirtualMachineType(), {connection.ns, name}).status());
    env.err << "No events of virtual machine " << name << " in the last hour or so\n";
    return {};
  }
  std::vector<Row> rows;
  for (const Json& event : events) rows.push_back(EventRow(env, event));
  TablePrinter(env.out, EventHeader()).Print(rows);
  return {};
}

Status VmConsoleUrl(Env& env, const std::string& name) {
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  VR_ASSIGN_OR_RETURN(const Json vm, connection.client->Get(env.Ctx(), VirtualMachineType(),
                                                            {connection.ns, name}));
  const std::string url = TextAt(vm, "/status/consoleURL");
  if (!env.settings.output.table()) {
    PrintObject(env.out, env.settings.output, vm);
    return {};
  }
  if (url.empty()) {
    const std::string phase = TextAt(vm, "/status/phase");
    return Error{ErrorKind::kRetryable,
                 "virtual machine " + name + " has no console yet (phase " +
                     (phase.empty() ? "unknown" : phase) + "); it gets one once it runs",
                 {}};
  }
  env.out << url << "\n";
  return {};
}

}  // namespace vr::cli
