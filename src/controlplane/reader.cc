#include "controlplane/reader.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "controlplane/continue_token.h"
#include "controlplane/event_versions.h"
#include "controlplane/selector.h"
#include "controlplane/table.h"

namespace vr::controlplane {
namespace {

struct Selectors {
  const Resource& resource;
  LabelSelector labels;
  FieldSelector fields;

  bool Matches(const StoredPtr& object) const {
    if (!object || !labels.Matches(object->labels)) return false;
    return fields.empty() || fields.Matches(ReadStored(resource, object));
  }
};

std::optional<uint64_t> Number(const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool IsSelectable(const Resource& resource, const std::string& field) {
  if (field == "metadata.name") return true;
  if (field == "metadata.namespace") return resource.type.namespaced;
  return std::find(resource.selectable.begin(), resource.selectable.end(), field) !=
         resource.selectable.end();
}

std::string NotSelectable(const Resource& resource, const std::string& field) {
  if (resource.IsCustom() || !resource.selectable.empty())
    return "field label not supported: " + field;
  return Json(field).dump() +
         " is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
}

Outcome<RowObject> WantedRows(const Query& query) {
  const std::string include = Get(query, "includeObject");
  if (include.empty() || include == "Metadata") return RowObject::kMetadata;
  if (include == "Object") return RowObject::kWhole;
  if (include == "None") return RowObject::kNothing;
  return BadRequest("Unable to convert to Table as requested: includeObject: Invalid value: " +
                    Json(include).dump() + ": must be 'Metadata', 'Object', 'None', or empty");
}

// A failure for versions that are not there yet, or no longer.
std::optional<Failure> CheckAvailable(const Query& query, uint64_t now) {
  const auto wanted = Number(Get(query, "resourceVersion"));
  if (!wanted || *wanted == 0) return std::nullopt;
  if (*wanted > now) {
    Failure failure = Simple(504, "Timeout",
                             "Timeout: Too large resource version: " + std::to_string(*wanted) +
                                 ", current: " + std::to_string(now));
    const Json cause = {{"reason", "ResourceVersionTooLarge"},
                        {"message", "Too large resource version"}};
    failure.details =
        std::make_shared<const Json>(Json{{"causes", {cause}}, {"retryAfterSeconds", 1}});
    return failure;
  }
  return std::nullopt;
}

// The objects that a list is taken from: those of now, of the first page, or of an exact version.
Outcome<Snapshot> Source(const ReadDeps& deps, const ResourceRequest& request, const Query& query,
                         const std::optional<Page>& page) {
  const std::string name = request.resource->StorageName();
  const uint64_t now = deps.storage.Version();
  if (auto failure = CheckAvailable(query, now)) return *failure;
  std::optional<uint64_t> version;
  if (Get(query, "resourceVersionMatch") == "Exact")
    version = Number(Get(query, "resourceVersion"));
  if (page && page->version <= now) version = page->version;
  if (!version) return deps.storage.List(name, request.ns);
  auto past = deps.storage.ListAt(name, request.ns, *version);
  if (past) return std::move(*past);
  return Simple(410, "Expired",
                page ? "The provided continue parameter is too old: start a new list without it"
                     : "The resourceVersion for the provided list is too old.");
}

struct Chunk {
  std::vector<StoredPtr> items;
  kube::Key last;   // of the items
  size_t left = 0;  // objects after it, where another one matches
};

// What matches after a page; a limit of 0 is none.
Chunk Cut(const Snapshot& snapshot, const std::optional<Page>& page, const Selectors& selectors,
          uint64_t limit) {
  Chunk chunk;
  const auto& all = snapshot.objects;
  auto rest = page ? all.upper_bound(page->after) : all.begin();
  for (auto it = rest; it != all.end(); ++it) {
    if (!selectors.Matches(it->second)) continue;
    if (limit > 0 && chunk.items.size() == limit) {
      chunk.left = static_cast<size_t>(std::distance(rest, all.end()));
      return chunk;
    }
    chunk.last = it->first;
    chunk.items.push_back(it->second);
    rest = std::next(it);
  }
  return chunk;
}

Outcome<Selectors> ParseSelectors(const Resource& resource, const Query& query) {
  const auto labels = LabelSelector::Parse(Get(query, "labelSelector"));
  if (!labels) return BadRequest(labels.error().message);
  const auto fields = FieldSelector::Parse(Get(query, "fieldSelector"));
  if (!fields) return BadRequest(fields.error().message);
  for (const std::string& field : fields->Fields()) {
    if (!IsSelectable(resource, field)) return BadRequest(NotSelectable(resource, field));
  }
  return Selectors{resource, *labels, *fields};
}

// What a list says besides its items.
Json MetadataOfList(const Resource& resource, Form form, const Snapshot& snapshot,
                    const Chunk& chunk, const Selectors& selectors, const std::string& ns) {
  Json meta = Json::object();
  if (form == Form::kObject && resource.IsCustom()) meta["continue"] = "";
  // A later page keeps the version of the first: a watch from there misses nothing.
  meta["resourceVersion"] = std::to_string(snapshot.version);
  if (chunk.left == 0) return meta;
  meta["continue"] = ContinueToken({snapshot.version, chunk.last}, ns);
  // How many of the others match, nobody has counted.
  if (selectors.labels.empty() && selectors.fields.empty()) meta["remainingItemCount"] = chunk.left;
  return meta;
}

// The text of a list of whole objects: they are stored as they are sent.
std::string ListText(const Resource& resource, const Json& meta, const Chunk& chunk) {
  size_t size = 256;
  for (const StoredPtr& item : chunk.items) size += item->body.size() + 1;
  std::string text;
  text.reserve(size);
  text += R"({"apiVersion":)" + Json(resource.type.ApiVersion()).dump() + R"(,"items":[)";
  bool first = true;
  for (const StoredPtr& item : chunk.items) {
    if (!first) text += ',';
    first = false;
    text += item->body;
  }
  text += R"(],"kind":)" + Json(resource.type.kind + "List").dump() + R"(,"metadata":)" +
          meta.dump() + "}";
  return text;
}

Json Wrap(const ResourceRequest& request, const ReadDeps& deps, const Chunk& chunk, Form form,
          RowObject rows) {
  std::vector<Json> items;
  items.reserve(chunk.items.size());
  for (const StoredPtr& item : chunk.items) items.push_back(ReadStored(*request.resource, item));
  if (form == Form::kTable)
    return MakeTable(*request.resource, items, deps.clock.WallNow(), true, rows);
  Json list = {{"metadata", Json::object()}, {"items", Json::array()}};
  list["kind"] = form == Form::kMetadataList ? "PartialObjectMetadataList"
                                             : request.resource->type.kind + "List";
  list["apiVersion"] =
      form == Form::kMetadataList ? "meta.k8s.io/v1" : request.resource->type.ApiVersion();
  for (Json& item : items) {
    if (form == Form::kMetadataList) item = MetadataOf(item);
    if (form == Form::kObject && !request.resource->IsCustom()) {  // the list says it for all
      item.erase("apiVersion");
      item.erase("kind");
    }
    list["items"].push_back(std::move(item));
  }
  return list;
}

// One watch: keeps what the client knows of, so that an object that stops matching is reported as
// deleted.
class Watcher {
 public:
  Watcher(const ReadDeps& deps, const ResourceRequest& request, Form form, RowObject rows,
          net::ResponseWriter& out)
      : deps_(deps), request_(request), form_(form), rows_(rows), out_(out) {}

  Status Send(const char* type, const StoredPtr& stored) {
    const Resource& resource = *request_.resource;
    if (form_ == Form::kObject && !resource.IsNewEvent()) return Line(type, stored->body);
    const Json object = ReadStored(resource, stored);
    if (form_ == Form::kObject) return Line(type, object.dump());
    if (form_ != Form::kTable) return Line(type, MetadataOf(object).dump());
    Json table = MakeTable(resource, {object}, deps_.clock.WallNow(), !sent_columns_, rows_);
    table["metadata"]["resourceVersion"] = std::to_string(stored->version);
    sent_columns_ = true;
    return Line(type, table.dump());
  }

  Status Bookmark(uint64_t version, bool initial_events_end) {
    const bool whole = form_ == Form::kObject;
    Json object = {{"kind", whole ? request_.resource->type.kind : "PartialObjectMetadata"},
                   {"apiVersion", whole ? request_.resource->type.ApiVersion() : "meta.k8s.io/v1"},
                   {"metadata", {{"resourceVersion", std::to_string(version)}}}};
    if (initial_events_end) object["metadata"]["annotations"]["k8s.io/initial-events-end"] = "true";
    if (whole && object["kind"] == "Event") {
      CompleteEvent(object);
      object = ToServed(*request_.resource, std::move(object));
    }
    if (form_ == Form::kTable) object = BookmarkTable(*request_.resource, object);
    return Line("BOOKMARK", object.dump());
  }

  Status Line(const char* type, const std::string& object) {
    std::string line = R"({"type":")";
    line += type;
    line += R"(","object":)";
    line += object;
    line += "}\n";
    return out_.Write(line);
  }

 private:
  const ReadDeps& deps_;
  const ResourceRequest& request_;
  Form form_;
  RowObject rows_;
  net::ResponseWriter& out_;
  bool sent_columns_ = false;
};

Status SendChange(Watcher& watcher, const Selectors& selectors, const Change& change) {
  const bool was = selectors.Matches(change.previous);
  const bool is = change.type != ChangeType::kDeleted && selectors.Matches(change.object);
  if (is) return watcher.Send(was ? "MODIFIED" : "ADDED", change.object);
  if (!was) return {};
  if (change.type == ChangeType::kDeleted) return watcher.Send("DELETED", change.object);
  // It stopped matching: the client sees what it knew, at the version of the change.
  Json last = Json::parse(change.previous->body, nullptr, false);
  last["metadata"]["resourceVersion"] = std::to_string(change.version);
  Stored left = *change.previous;
  left.body = last.dump();
  left.version = change.version;
  return watcher.Send("DELETED", std::make_shared<const Stored>(std::move(left)));
}

// What existed when the watch began, for a watch without a version or with sendInitialEvents.
Status SendInitial(Watcher& watcher, const ReadDeps& deps, const ResourceRequest& request,
                   const Selectors& selectors, uint64_t& version) {
  const Snapshot snapshot = deps.storage.List(request.resource->StorageName(), request.ns);
  for (const auto& [key, object] : snapshot.objects) {
    if (selectors.Matches(object)) VR_RETURN_IF_ERROR(watcher.Send("ADDED", object));
  }
  version = snapshot.version;
  return {};
}

void Follow(const Context& ctx, const ReadDeps& deps, const ResourceRequest& request,
            const Selectors& selectors, bool bookmarks, uint64_t since, Watcher& watcher) {
  constexpr auto kBookmarkInterval = std::chrono::seconds(30);
  while (true) {
    uint64_t seen = since;
    const auto changes =
        deps.storage.Changes(ctx.WithTimeout(kBookmarkInterval), request.resource->StorageName(),
                             request.ns, since, seen);
    if (!changes) {
      (void)watcher.Line("ERROR",
                         StatusObject(Simple(410, "Expired", changes.error().message)).dump());
      return;
    }
    for (const Change& change : *changes) {
      if (!SendChange(watcher, selectors, change)) return;
    }
    since = seen;
    if (!ctx.Check().ok()) return;
    if (changes->empty() && bookmarks && !watcher.Bookmark(since, false)) return;
  }
}

}  // namespace

Json MetadataOf(const Json& object) {
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", object["metadata"]}};
}

Outcome<Json> GetObject(const ReadDeps& deps, const ResourceRequest& request, const Query& query,
                        Form form) {
  const StoredPtr stored =
      deps.storage.Get(request.resource->StorageName(), {request.ns, request.name});
  if (!stored) return NotFound(*request.resource, request.name);
  Json object = ReadStored(*request.resource, stored);
  if (form == Form::kMetadata) return MetadataOf(object);
  if (form == Form::kMetadataList) return Simple(500, "", "content is not a list");
  if (form == Form::kObject) return object;
  Outcome<RowObject> rows = WantedRows(query);
  if (!rows) return rows.failure();
  Json table = MakeTable(*request.resource, {object}, deps.clock.WallNow(), true, *rows);
  table["metadata"]["resourceVersion"] = std::to_string(stored->version);
  return table;
}

Outcome<std::string> ListBody(const ReadDeps& deps, const ResourceRequest& request,
                              const Query& query, Form form) {
  Outcome<Selectors> selectors = ParseSelectors(*request.resource, query);
  if (!selectors) return selectors.failure();
  if (form == Form::kMetadata) {
    return Simple(406, "NotAcceptable",
                  "you requested PartialObjectMetadata, but the requested object is a list "
                  "(*unstructured.UnstructuredList)");
  }
  std::optional<Page> page;
  if (const std::string token = Get(query, "continue"); !token.empty()) {
    Outcome<Page> parsed = ParseContinue(token, request.ns);
    if (!parsed) return parsed.failure();
    page = *parsed;
  }
  Outcome<RowObject> rows = WantedRows(query);
  if (!rows) return rows.failure();
  // Version 0 asks for what is at hand, which is all of it.
  const uint64_t limit =
      Get(query, "resourceVersion") == "0" ? 0 : Number(Get(query, "limit")).value_or(0);
  Outcome<Snapshot> source = Source(deps, request, query, page);
  if (!source) return source.failure();
  const Chunk chunk = Cut(*source, page, *selectors, limit);
  Json meta = MetadataOfList(*request.resource, form, *source, chunk, *selectors, request.ns);
  if (form == Form::kObject && request.resource->IsCustom())
    return ListText(*request.resource, meta, chunk);
  Json list = Wrap(request, deps, chunk, form, *rows);
  list["metadata"] = std::move(meta);
  return list.dump();
}

void WatchObjects(const Context& ctx, const ReadDeps& deps, const ResourceRequest& request,
                  const Query& query, Form form, net::ResponseWriter& out) {
  Outcome<Selectors> selectors = ParseSelectors(*request.resource, query);
  if (!selectors) {
    (void)out.Send(StatusResponse(selectors.failure()));
    return;
  }
  Outcome<RowObject> rows = WantedRows(query);
  if (!rows) {
    (void)out.Send(StatusResponse(rows.failure()));
    return;
  }
  const auto given = Number(Get(query, "resourceVersion"));
  net::Headers headers;
  headers.emplace("Content-Type", "application/json");
  if (!out.Start(200, std::move(headers))) return;
  const uint64_t seconds =
      std::min<uint64_t>(Number(Get(query, "timeoutSeconds")).value_or(1800), 7200);
  const Context bounded = ctx.WithTimeout(std::chrono::seconds(seconds));
  const bool bookmarks = IsTrue(query, "allowWatchBookmarks");
  const bool recent = !given || *given == 0;
  const bool initial =
      query.contains("sendInitialEvents") ? IsTrue(query, "sendInitialEvents") : recent;
  Watcher watcher(deps, request, form, *rows, out);
  uint64_t since = recent ? deps.storage.Version() : *given;
  if (initial && !SendInitial(watcher, deps, request, *selectors, since)) return;
  if (IsTrue(query, "sendInitialEvents") && !watcher.Bookmark(since, true)) return;
  Follow(bounded, deps, request, *selectors, bookmarks, since, watcher);
}

}  // namespace vr::controlplane
