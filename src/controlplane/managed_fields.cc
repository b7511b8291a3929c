#include "controlplane/managed_fields.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "controlplane/field_set.h"
#include "controlplane/typed_config.h"

namespace vr::controlplane {
namespace {

struct Entry {
  std::string manager, operation, subresource, api_version, time;
  FieldSet fields;

  bool Is(const FieldWriter& writer, const char* op) const {
    return manager == writer.manager && operation == op && subresource == writer.subresource &&
           (operation == "Apply" || api_version == writer.api_version);
  }
  // As conflicts name it.
  std::string Shown() const {
    std::string text = Json(manager).dump();
    if (!subresource.empty()) text += " with subresource " + Json(subresource).dump();
    if (operation == "Update") text += " using " + api_version;
    return text;
  }
};

std::vector<Entry> DecodeEntries(const Json& object) {
  std::vector<Entry> entries;
  const Json* list = FindField(object, {"f:metadata", "f:managedFields"});
  if (list == nullptr || !list->is_array()) return entries;
  for (const Json& item : *list) {
    if (!item.is_object()) continue;
    const auto text = [&](const char* name) {
      return item.contains(name) && item[name].is_string() ? item[name].get<std::string>() : "";
    };
    Entry entry{text("manager"),    text("operation"), text("subresource"),
                text("apiVersion"), text("time"),      {}};
    if (item.contains("fieldsV1")) entry.fields = DecodeFields(item["fieldsV1"]);
    entries.push_back(std::move(entry));
  }
  return entries;
}

void EncodeEntries(Json& object, const std::vector<Entry>& entries) {
  Json list = Json::array();
  for (const Entry& entry : entries) {
    if (entry.fields.empty()) continue;
    Json item = {{"manager", entry.manager},
                 {"operation", entry.operation},
                 {"apiVersion", entry.api_version},
                 {"fieldsType", "FieldsV1"},
                 {"fieldsV1", EncodeFields(entry.fields)}};
    if (!entry.time.empty()) item["time"] = entry.time;
    if (!entry.subresource.empty()) item["subresource"] = entry.subresource;
    list.push_back(std::move(item));
  }
  if (list.empty()) {
    object["metadata"].erase("managedFields");
  } else {
    object["metadata"]["managedFields"] = std::move(list);
  }
}

Entry& EntryOf(std::vector<Entry>& entries, const FieldWriter& writer, const char* operation) {
  for (Entry& entry : entries) {
    if (entry.Is(writer, operation)) return entry;
  }
  entries.push_back({writer.manager, operation, writer.subresource, writer.api_version, "", {}});
  return entries.back();
}

using Conflicts = std::map<std::string, std::vector<FieldPath>>;  // by owner

Failure ApplyConflict(const Conflicts& conflicts) {
  size_t count = 0;
  for (const auto& [owner, paths] : conflicts) count += paths.size();
  std::string lines;
  Json causes = Json::array();
  for (const auto& [owner, paths] : conflicts) {
    if (count > 1)
      lines += (lines.empty() ? "" : "\n") + std::string("conflicts with ") + owner + ":";
    for (const FieldPath& path : paths) {
      lines +=
          count > 1 ? "\n- " + ShowField(path) : "conflict with " + owner + ": " + ShowField(path);
      causes.push_back({{"reason", "FieldManagerConflict"},
                        {"message", "conflict with " + owner},
                        {"field", ShowField(path)}});
    }
  }
  Failure failure = Simple(409, "Conflict",
                           "Apply failed with " + std::to_string(count) +
                               (count == 1 ? " conflict: " : " conflicts: ") + lines);
  failure.details = std::make_shared<const Json>(Json{{"causes", causes}});
  return failure;
}

Conflicts FindConflicts(const std::vector<Entry>& entries, const FieldWriter& writer,
                        const FieldSet& wanted, const Json& live, const Json& config) {
  Conflicts conflicts;
  for (const Entry& entry : entries) {
    if (entry.Is(writer, "Apply")) continue;
    for (const FieldPath& path : wanted) {
      const Json* now = FindField(live, path);
      if (entry.fields.contains(path) && now != nullptr && *now != *FindField(config, path))
        conflicts[entry.Shown()].push_back(path);
    }
  }
  return conflicts;
}

// Removes what the manager applied before and leaves out now, unless somebody else holds it.
bool RemoveLeftOut(const std::vector<Entry>& entries, const FieldWriter& writer,
                   const FieldSet& before, const FieldSet& wanted, Json& object) {
  bool changed = false;
  for (const FieldPath& path : before) {
    if (wanted.contains(path)) continue;
    const bool shared = std::any_of(entries.begin(), entries.end(), [&](const Entry& e) {
      return !e.Is(writer, "Apply") && e.fields.contains(path);
    });
    if (shared) continue;
    changed = true;
    EraseField(object, path);
  }
  return changed;
}

// The two APIs of Events name fields differently: a write through one ends the other's books.
void DropOtherVersions(const Resource& resource, const FieldWriter& writer,
                       std::vector<Entry>& entries) {
  if (resource.type.kind != "Event") return;
  std::erase_if(entries,
                [&](const Entry& entry) { return entry.api_version != writer.api_version; });
}

}  // namespace

void TrackUpdate(const Resource& resource, const Json& before, Json& after,
                 const FieldWriter& writer) {
  // Who sends books replaces them; a single empty entry clears them. Who sends none leaves them.
  std::vector<Entry> entries = DecodeEntries(after);
  const Json* sent = FindField(after, {"f:metadata", "f:managedFields"});
  const bool cleared = sent != nullptr && *sent == Json::array({Json::object()});
  std::erase_if(entries, [](const Entry& entry) { return entry.operation.empty(); });
  if (entries.empty() && !cleared) entries = DecodeEntries(before);
  // Whose books were cleared has none until somebody applies.
  if (entries.empty() && !before.is_null()) return EncodeEntries(after, entries);
  DropOtherVersions(resource, writer, entries);
  FieldSet changed;
  const FieldSet had = FieldsOf(resource, before, true);
  for (const FieldPath& path : FieldsOf(resource, after, true)) {
    const Json* old = FindField(before, path);
    const Json& now = *FindField(after, path);
    // A map changes by coming into being, a value by being another one.
    const bool holds_others = now.is_structured() && !now.empty() && had.contains(path) &&
                              old != nullptr && old->type() == now.type() && now.is_object();
    if (old == nullptr || (!holds_others && *old != now)) changed.insert(path);
  }
  for (Entry& entry : entries) {
    for (const FieldPath& path : changed) entry.fields.erase(path);
    std::erase_if(entry.fields, [&](const FieldPath& path) {
      return FindField(before, path) != nullptr && FindField(after, path) == nullptr;
    });
  }
  if (!changed.empty()) {
    Entry& mine = EntryOf(entries, writer, "Update");
    mine.fields.insert(changed.begin(), changed.end());
    // Of a scale, Kubernetes keeps no time.
    mine.time = writer.subresource == "scale" ? "" : FormatTimestamp(writer.now);
  }
  EncodeEntries(after, entries);
}

std::optional<Failure> CheckApplyPatch(const Resource& resource, const Json& config) {
  const auto text = [](const Json& from, const char* name) {
    return from.is_object() && from.contains(name) && from[name].is_string()
               ? from[name].get<std::string>()
               : "";
  };
  const std::string version = text(config, "apiVersion");
  const std::string kind = text(config, "kind");
  if (version.empty() || kind.empty()) {
    const std::string shown = version.find('/') == std::string::npos ? "/" + version : version;
    return BadRequest("invalid object type: " + shown + ", Kind=" + kind);
  }
  const Json& meta = config.contains("metadata") ? config["metadata"] : config;
  if (meta.is_object() && meta.contains("managedFields") && !meta["managedFields"].is_null())
    return BadRequest("metadata.managedFields must be nil");
  if (!resource.IsCustom()) return std::nullopt;
  const std::vector<std::string> problems = ConfigProblems(*resource.kind->fields, config);
  if (problems.empty()) return std::nullopt;
  std::string list;
  for (const std::string& problem : problems) list += (problems.size() > 1 ? "\n  " : "") + problem;
  return Simple(500, "",
                "failed to create typed patch object (" + text(meta, "namespace") + "/" +
                    text(meta, "name") + "; " + version + ", Kind=" + kind +
                    "): " + (problems.size() > 1 ? "errors:" : "") + list);
}

Outcome<Json> ServerSideApply(const Resource& resource, const Json& live, const Json& config,
                              const FieldWriter& writer, bool force) {
  Json result = live.is_null() ? Json{{"apiVersion", config.value("apiVersion", "")},
                                      {"kind", config.value("kind", "")}}
                               : live;
  std::vector<Entry> entries = DecodeEntries(result);
  if (entries.empty() && !live.is_null()) {
    FieldWriter unknown{"before-first-apply", "", writer.api_version, writer.now};
    Entry& others = EntryOf(entries, unknown, "Update");
    others.fields = FieldsOf(resource, live, true);
    others.time = FormatTimestamp(writer.now);
  }
  DropOtherVersions(resource, writer, entries);
  FieldSet wanted = FieldsOf(resource, config, false);
  const bool status = writer.subresource == "status";
  // A subresource takes its own part alone; the object itself leaves that part alone.
  if (resource.has_status && resource.IsCustom())
    std::erase_if(wanted, [&](const FieldPath& path) { return (path[0] == "f:status") != status; });
  const Conflicts conflicts = FindConflicts(entries, writer, wanted, result, config);
  if (!conflicts.empty() && !force) return ApplyConflict(conflicts);
  Entry& mine = EntryOf(entries, writer, "Apply");
  const FieldSet before = std::move(mine.fields);
  mine.fields = wanted;
  mine.api_version = writer.api_version;
  bool changed = RemoveLeftOut(entries, writer, before, wanted, result) || live.is_null();
  for (const FieldPath& path : wanted) {
    const Json& value = *FindField(config, path);
    const Json* now = FindField(result, path);
    if (now != nullptr && *now == value) continue;
    changed = true;
    SetField(result, path, value);
    for (Entry& entry : entries) {
      if (!entry.Is(writer, "Apply")) entry.fields.erase(path);
    }
  }
  // Who changes nothing shares the fields, at no time.
  if (changed) EntryOf(entries, writer, "Apply").time = FormatTimestamp(writer.now);
  for (const char* name : {"name", "namespace"}) {
    if (config.contains("metadata") && config["metadata"].contains(name))
      result["metadata"][name] = config["metadata"][name];
  }
  EncodeEntries(result, entries);
  return result;
}

}  // namespace vr::controlplane
