#include "controlplane/table.h"

#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "controlplane/event_versions.h"
#include "controlplane/standard_texts.h"

namespace vr::controlplane {
namespace {

// The elements of `value` whose field equals the text, for a filter such as ?(@.type=="Ready").
void Filter(const Json& value, const std::string& filter, std::vector<const Json*>& out) {
  const size_t field = filter.find("@.");
  const size_t equals = filter.find("==");
  const size_t open = filter.find('"', equals);
  const size_t close = filter.rfind('"');
  if (field == std::string::npos || equals == std::string::npos || open == close ||
      !value.is_array())
    return;
  std::string name = filter.substr(field + 2, equals - field - 2);
  name.erase(name.find_last_not_of(' ') + 1);
  const std::string wanted = filter.substr(open + 1, close - open - 1);
  for (const Json& item : value) {
    if (item.is_object() && item.value(name, Json()) == wanted) out.push_back(&item);
  }
}

std::vector<const Json*> Step(const std::vector<const Json*>& from, const std::string& step) {
  std::vector<const Json*> out;
  for (const Json* value : from) {
    if (step == "[*]") {
      if (value->is_array()) {
        for (const Json& item : *value) out.push_back(&item);
      }
    } else if (step.front() == '[') {
      Filter(*value, step, out);
    } else if (value->is_object() && value->contains(step)) {
      out.push_back(&(*value)[step]);
    }
  }
  return out;
}

std::vector<std::string> Steps(const std::string& path) {
  std::vector<std::string> steps;
  size_t at = 0;
  while (at < path.size()) {
    if (path[at] == '.') {
      ++at;
    } else if (path[at] == '[') {
      const size_t end = path.find(path.compare(at, 3, "[?(") == 0 ? ")]" : "]", at);
      const size_t size =
          end == std::string::npos ? path.size() - at : end + (path[end] == ')' ? 2 : 1) - at;
      steps.push_back(path.substr(at, size));
      at += size;
    } else {
      const size_t end = path.find_first_of(".[", at);
      steps.push_back(path.substr(at, end == std::string::npos ? std::string::npos : end - at));
      at = end == std::string::npos ? path.size() : end;
    }
  }
  return steps;
}

Json Cell(const api::PrinterColumn& column, const Json& object, WallTime now) {
  const std::string text = ColumnText(object, column.json_path);
  const bool is_creation = column.json_path == ".metadata.creationTimestamp";
  if (column.type == "date" && (is_creation || !text.empty())) {
    const auto time = ParseTimestamp(text);
    return time ? Json(FormatAge(now - *time)) : Json("<unknown>");
  }
  if (text.empty()) return nullptr;
  if (column.type == "integer" || column.type == "boolean") {
    Json parsed = Json::parse(text, nullptr, false);
    if (!parsed.is_discarded()) return parsed;
  }
  return text;
}

std::string TextAt(const Json& object, const char* part, const char* name) {
  const Json& from = object.contains(part) ? object[part] : object;
  return from.is_object() && from.contains(name) && from[name].is_string()
             ? from[name].get<std::string>()
             : "";
}

// The age of the first of these times that there is.
std::string AgeOf(const std::vector<std::string>& times, WallTime now) {
  for (const std::string& text : times) {
    if (const auto time = ParseTimestamp(text)) return FormatAge(now - *time);
  }
  return "<unknown>";
}

// How often it was seen: a series counts itself, and what nobody counts was seen once.
Json EventCount(const Json& event) {
  for (const Json& from : {event.value("series", Json()), event}) {
    const Json count = from.is_object() ? from.value("count", Json()) : Json();
    if (count.is_number_integer() && count != 0) return count;
  }
  return 1;
}

Json EventCell(const std::string& column, const Json& event, WallTime now) {
  const auto text = [&](const char* path) { return ColumnText(event, path); };
  const std::vector<std::string> first = {text(".firstTimestamp"), text(".eventTime")};
  if (column == "Last Seen") {
    return AgeOf({text(".series.lastObservedTime"), text(".lastTimestamp"), first[0], first[1]},
                 now);
  }
  if (column == "First Seen") return AgeOf(first, now);
  if (column == "Count") return EventCount(event);
  if (column == "Object") {
    std::string kind = TextAt(event, "involvedObject", "kind");
    for (char& c : kind) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    const std::string name = TextAt(event, "involvedObject", "name");
    return name.empty() ? kind : kind + "/" + name;
  }
  if (column == "Source") {
    std::string host = text(".source.host");
    std::string component = text(".source.component");
    if (host.empty()) host = text(".reportingInstance");
    if (component.empty()) component = text(".reportingComponent");
    return host.empty() ? component : component + ", " + host;
  }
  if (column == "Subobject") return ColumnText(event, ".involvedObject.fieldPath");
  return nullptr;
}

// Who a binding is for: "a, b"; accounts as "namespace/name".
std::string SubjectNames(const Json& binding, const std::string& kind) {
  std::string names;
  const Json subjects = binding.value("subjects", Json::array());
  for (const Json& subject : subjects) {
    if (!subject.is_object() || subject.value("kind", "") != kind) continue;
    names += names.empty() ? "" : ", ";
    if (kind == "ServiceAccount") names += subject.value("namespace", "") + "/";
    names += subject.value("name", "");
  }
  return names;
}

// A cell that is more than the value at a path; null for the others.
Json CoreCell(const Resource& resource, const api::PrinterColumn& column, const Json& object,
              WallTime now) {
  if (resource.IsCustom()) return nullptr;
  if (resource.type.kind == "Event") return EventCell(column.name, object, now);
  if (column.name == "Created At") return TextAt(object, "metadata", "creationTimestamp");
  if (column.name == "Users") return SubjectNames(object, "User");
  if (column.name == "Groups") return SubjectNames(object, "Group");
  if (column.name == "ServiceAccounts") return SubjectNames(object, "ServiceAccount");
  if (column.name == "Role")
    return ColumnText(object, ".roleRef.kind") + "/" + ColumnText(object, ".roleRef.name");
  if (column.name != "Data") return nullptr;
  size_t count = 0;
  for (const char* field : {"data", "binaryData"}) {
    if (object.contains(field)) count += object[field].size();
  }
  return count;
}

Json Definition(const std::string& name, const std::string& type, const std::string& description,
                int priority) {
  return {{"name", name},
          {"type", type},
          {"format", name == "Name" ? "name" : ""},
          {"description", description},
          {"priority", priority}};
}

}  // namespace

std::string ColumnText(const Json& object, const std::string& json_path) {
  std::vector<const Json*> values = {&object};
  for (const std::string& step : Steps(json_path)) values = Step(values, step);
  for (const Json* value : values) {
    if (!value->is_null()) return value->is_string() ? value->get<std::string>() : value->dump();
  }
  return "";
}

Json BookmarkTable(const Resource& resource, const Json& bookmark) {
  Json cells = Json::array({""});
  for (size_t i = 0; i < resource.columns.size(); ++i) cells.push_back(nullptr);
  Json metadata = Json::object();
  metadata["resourceVersion"] = bookmark["metadata"]["resourceVersion"];
  return {{"kind", "Table"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", std::move(metadata)},
          {"columnDefinitions", nullptr},
          {"rows", {{{"cells", std::move(cells)}, {"object", bookmark}}}}};
}

Json MakeTable(const Resource& resource, const std::vector<Json>& objects, WallTime now,
               bool with_columns, RowObject row_object) {
  Json table = {{"kind", "Table"},
                {"apiVersion", "meta.k8s.io/v1"},
                {"metadata", Json::object()},
                {"columnDefinitions", nullptr},
                {"rows", Json::array()}};
  const bool starts_with_name = resource.type.kind != "Event";
  if (with_columns) {
    table["columnDefinitions"] = Json::array();
    if (starts_with_name)
      table["columnDefinitions"].push_back(Definition("Name", "string", kNameDescription, 0));
    for (const auto& column : resource.columns) {
      // The cells of dates are ages, which only custom resources and definitions call dates.
      const bool date = resource.IsCustom() || column.name == "Created At";
      table["columnDefinitions"].push_back(
          Definition(column.name, column.type == "date" && !date ? "string" : column.type,
                     column.description, column.priority));
    }
  }
  for (const Json& object : objects) {
    const Json shown = ToStored(resource, object);
    Json cells = Json::array();
    if (starts_with_name) cells.push_back(object["metadata"].value("name", ""));
    for (const auto& column : resource.columns) {
      Json computed = CoreCell(resource, column, shown, now);
      cells.push_back(computed.is_null() ? Cell(column, shown, now) : std::move(computed));
    }
    Json row = {{"cells", std::move(cells)}, {"object", nullptr}};
    if (row_object == RowObject::kWhole) row["object"] = object;
    if (row_object == RowObject::kMetadata) {
      row["object"] = {{"kind", "PartialObjectMetadata"},
                       {"apiVersion", "meta.k8s.io/v1"},
                       {"metadata", object["metadata"]}};
    }
    table["rows"].push_back(std::move(row));
  }
  return table;
}

}  // namespace vr::controlplane
