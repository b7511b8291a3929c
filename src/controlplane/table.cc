#include "controlplane/table.h"

#include <nlohmann/json.hpp>

#include "base/timestamp.h"

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
  if (column.type == "date") {
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
  std::string text;
  for (const Json* value : values) {
    if (value->is_null()) continue;
    text += (text.empty() ? "" : ",") +
            (value->is_string() ? value->get<std::string>() : value->dump());
  }
  return text;
}

Json MakeTable(const Resource& resource, const std::vector<Json>& objects, WallTime now,
               bool with_columns) {
  Json table = {{"kind", "Table"},
                {"apiVersion", "meta.k8s.io/v1"},
                {"metadata", Json::object()},
                {"columnDefinitions", Json::array()},
                {"rows", Json::array()}};
  if (with_columns) {
    table["columnDefinitions"].push_back(Definition("Name", "string", "Name of the object", 0));
    for (const auto& column : resource.columns) {
      // Dates are sent as the age that a person reads.
      table["columnDefinitions"].push_back(
          Definition(column.name, column.type == "date" ? "string" : column.type,
                     column.description, column.priority));
    }
  }
  for (const Json& object : objects) {
    Json cells = {object["metadata"].value("name", "")};
    for (const auto& column : resource.columns) cells.push_back(Cell(column, object, now));
    const Json partial = {{"kind", "PartialObjectMetadata"},
                          {"apiVersion", "meta.k8s.io/v1"},
                          {"metadata", object["metadata"]}};
    table["rows"].push_back({{"cells", std::move(cells)}, {"object", partial}});
  }
  return table;
}

}  // namespace vr::controlplane
