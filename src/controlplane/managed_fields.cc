#include "controlplane/managed_fields.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/timestamp.h"

namespace vr::controlplane {
namespace {

// A field is a leaf path: maps are entered, lists and scalars are one value.
using Path = std::vector<std::string>;
using FieldSet = std::set<Path>;

bool IsTracked(const Path& path) {
  if (path.empty()) return false;
  if (path[0] == "apiVersion" || path[0] == "kind") return false;
  if (path[0] != "metadata") return true;
  return path.size() > 1 && (path[1] == "labels" || path[1] == "annotations" ||
                             path[1] == "finalizers" || path[1] == "ownerReferences");
}

void Leaves(const Json& value, Path& at, FieldSet& out) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, item] : value.items()) {
      at.push_back(key);
      Leaves(item, at, out);
      at.pop_back();
    }
  } else if (IsTracked(at)) {
    out.insert(at);
  }
}

FieldSet LeavesOf(const Json& object) {
  FieldSet out;
  Path at;
  Leaves(object, at, out);
  return out;
}

const Json* Find(const Json& object, const Path& path) {
  const Json* at = &object;
  for (const std::string& step : path) {
    if (!at->is_object() || !at->contains(step)) return nullptr;
    at = &(*at)[step];
  }
  return at;
}

void Set(Json& object, const Path& path, const Json& value) {
  Json* at = &object;
  for (const std::string& step : path) {
    if (!at->is_object()) *at = Json::object();
    at = &(*at)[step];
  }
  *at = value;
}

// Removes the field, and the objects around it that are empty then.
void Erase(Json& object, const Path& path, size_t depth = 0) {
  if (!object.is_object() || !object.contains(path[depth])) return;
  if (depth + 1 < path.size()) {
    Erase(object[path[depth]], path, depth + 1);
    if (!object[path[depth]].empty()) return;
  }
  object.erase(path[depth]);
}

Json Encode(const FieldSet& fields) {
  Json out = Json::object();
  for (const Path& path : fields) {
    Json* at = &out;
    for (const std::string& step : path) at = &(*at)["f:" + step];
    if (at->is_null()) *at = Json::object();
  }
  return out;
}

void Decode(const Json& fields, Path& at, FieldSet& out) {
  bool leaf = true;
  if (fields.is_object()) {
    for (const auto& [key, item] : fields.items()) {
      if (!key.starts_with("f:")) continue;
      leaf = false;
      at.push_back(key.substr(2));
      Decode(item, at, out);
      at.pop_back();
    }
  }
  if (leaf && !at.empty()) out.insert(at);
}

struct Entry {
  std::string manager, operation, subresource, api_version, time;
  FieldSet fields;
  bool Is(const FieldWriter& writer, const char* op) const {
    return manager == writer.manager && operation == op && subresource == writer.subresource;
  }
};

std::vector<Entry> DecodeEntries(const Json& object) {
  std::vector<Entry> entries;
  const Json* list = Find(object, {"metadata", "managedFields"});
  if (list == nullptr || !list->is_array()) return entries;
  for (const Json& item : *list) {
    if (!item.is_object()) continue;
    const auto text = [&](const char* name) {
      return item.contains(name) && item[name].is_string() ? item[name].get<std::string>() : "";
    };
    Entry entry{text("manager"),    text("operation"), text("subresource"),
                text("apiVersion"), text("time"),      {}};
    Path at;
    if (item.contains("fieldsV1")) Decode(item["fieldsV1"], at, entry.fields);
    entries.push_back(std::move(entry));
  }
  return entries;
}

void EncodeEntries(Json& object, const std::vector<Entry>& entries) {
  Json list = Json::array();
  for (const Entry& entry : entries) {
    if (entry.fields.empty()) continue;
    Json item = {{"manager", entry.manager},        {"operation", entry.operation},
                 {"apiVersion", entry.api_version}, {"time", entry.time},
                 {"fieldsType", "FieldsV1"},        {"fieldsV1", Encode(entry.fields)}};
    if (!entry.subresource.empty()) item["subresource"] = entry.subresource;
    list.push_back(std::move(item));
  }
  object["metadata"]["managedFields"] = std::move(list);
}

Entry& EntryOf(std::vector<Entry>& entries, const FieldWriter& writer, const char* operation) {
  for (Entry& entry : entries) {
    if (entry.Is(writer, operation)) return entry;
  }
  entries.push_back({writer.manager, operation, writer.subresource, writer.api_version, "", {}});
  return entries.back();
}

// "metadata.labels.app" as apply conflicts print it: .metadata.labels.app
std::string Shown(const Path& path) {
  std::string text;
  for (const std::string& step : path) text += "." + step;
  return text;
}

Failure ApplyConflict(const Resource&, const std::map<std::string, std::vector<Path>>& conflicts) {
  size_t count = 0;
  std::string lines;
  Json causes = Json::array();
  for (const auto& [owner, paths] : conflicts) {
    lines += (lines.empty() ? "" : "\n") + std::string("conflict with ") + owner + ":";
    for (const Path& path : paths) {
      ++count;
      lines += "\n- " + Shown(path);
      causes.push_back({{"reason", "FieldManagerConflict"},
                        {"message", "conflict with " + owner},
                        {"field", Shown(path)}});
    }
  }
  Failure failure = Simple(409, "Conflict",
                           "Apply failed with " + std::to_string(count) +
                               (count == 1 ? " conflict: " : " conflicts: ") + lines);
  failure.details = std::make_shared<const Json>(Json{{"causes", causes}});
  return failure;
}

}  // namespace

void TrackUpdate(const Json& before, Json& after, const FieldWriter& writer) {
  std::vector<Entry> entries = DecodeEntries(before);
  FieldSet changed;
  for (const Path& path : LeavesOf(after)) {
    const Json* old = Find(before, path);
    if (old == nullptr || *old != *Find(after, path)) changed.insert(path);
  }
  for (Entry& entry : entries) {
    for (const Path& path : changed) entry.fields.erase(path);
    std::erase_if(entry.fields, [&](const Path& path) { return Find(after, path) == nullptr; });
  }
  if (!changed.empty()) {
    Entry& mine = EntryOf(entries, writer, "Update");
    mine.fields.insert(changed.begin(), changed.end());
    mine.time = FormatTimestamp(writer.now);
  }
  EncodeEntries(after, entries);
}

Outcome<Json> ServerSideApply(const Resource& resource, const Json& live, const Json& config,
                              const FieldWriter& writer, bool force) {
  Json result = live.is_null() ? Json{{"apiVersion", config.value("apiVersion", "")},
                                      {"kind", config.value("kind", "")}}
                               : live;
  std::vector<Entry> entries = DecodeEntries(result);
  const FieldSet wanted = LeavesOf(config);
  std::map<std::string, std::vector<Path>> conflicts;
  for (const Entry& entry : entries) {
    if (entry.Is(writer, "Apply")) continue;
    for (const Path& path : wanted) {
      const Json* now = Find(result, path);
      if (entry.fields.contains(path) && now != nullptr && *now != *Find(config, path))
        conflicts["\"" + entry.manager + "\""].push_back(path);
    }
  }
  if (!conflicts.empty() && !force) return ApplyConflict(resource, conflicts);
  Entry& mine = EntryOf(entries, writer, "Apply");
  const FieldSet before = std::move(mine.fields);
  mine.fields = wanted;
  bool changed = live.is_null();
  for (const Path& path : before) {
    if (wanted.contains(path)) continue;
    const bool shared = std::any_of(entries.begin(), entries.end(), [&](const Entry& e) {
      return !e.Is(writer, "Apply") && e.fields.contains(path);
    });
    if (shared) continue;
    changed = true;
    Erase(result, path);
  }
  for (const Path& path : wanted) {
    const Json& value = *Find(config, path);
    const Json* now = Find(result, path);
    if (now != nullptr && *now == value) continue;
    changed = true;
    Set(result, path, value);
    for (Entry& entry : entries) {
      if (!entry.Is(writer, "Apply")) entry.fields.erase(path);
    }
  }
  Entry& stamped = EntryOf(entries, writer, "Apply");
  if (changed || before != wanted || stamped.time.empty())
    stamped.time = FormatTimestamp(writer.now);
  for (const char* name : {"name", "namespace"}) {
    if (config.contains("metadata") && config["metadata"].contains(name))
      result["metadata"][name] = config["metadata"][name];
  }
  EncodeEntries(result, entries);
  return result;
}

}  // namespace vr::controlplane
