#include "cli/resources.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "cli/field_paths.h"
#include "cli/json_path.h"
#include "cli/json_util.h"
#include "kube/watch_pace.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

struct FieldMatch {
  JsonPath path;
  std::string value;
  bool equal = true;
};

struct SplitSelector {
  std::string server;
  std::vector<FieldMatch> local;
};

Result<FieldMatch> ParseMatch(const std::string& term, const kube::ResourceType& type) {
  const size_t at = term.find('=');
  if (at == std::string::npos || at == 0) {
    return Error{ErrorKind::kInvalidSpec,
                 "field selector '" + term + "': write path=value or path!=value",
                 {}};
  }
  const bool negated = term[at - 1] == '!';
  const size_t value = term.compare(at, 2, "==") == 0 ? at + 2 : at + 1;
  const std::string path = term.substr(0, negated ? at - 1 : at);
  if (!type.group.empty()) {
    const Status known = CheckFieldPath(type.kind, path);
    if (!known) return known.error().Wrap("field selector '" + term + "'");
  }
  VR_ASSIGN_OR_RETURN(JsonPath parsed, JsonPath::Parse("{." + path + "}"));
  return FieldMatch{std::move(parsed), term.substr(value), !negated};
}

Result<SplitSelector> Split(const Selection& selection, const kube::ResourceType& type) {
  SplitSelector split;
  const auto to_server = [&split](const std::string& term) {
    split.server += (split.server.empty() ? "" : ",") + term;
  };
  if (!selection.name.empty()) to_server("metadata.name=" + selection.name);
  std::string rest = selection.field_selector;
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const std::string term = rest.substr(0, comma);
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    VR_ASSIGN_OR_RETURN(FieldMatch match, ParseMatch(term, type));
    if (term.starts_with("metadata.name") || type.group.empty()) {
      to_server(term);
    } else {
      split.local.push_back(std::move(match));
    }
  }
  return split;
}

bool Matches(const SplitSelector& split, const Json& object) {
  for (const FieldMatch& match : split.local) {
    if ((match.path.Print(object) == match.value) != match.equal) return false;
  }
  return true;
}

struct Listing {
  std::vector<Json> items;
  std::string resource_version;
};

Result<Listing> ListPages(const Context& ctx, const kube::Client& client,
                          const kube::ResourceType& type, const Selection& selection,
                          const SplitSelector& split) {
  Listing all;
  kube::ListOptions options;
  options.ns = selection.ns;
  options.label_selector = selection.label_selector;
  options.field_selector = split.server;
  do {
    VR_ASSIGN_OR_RETURN(kube::ListPage page, client.List(ctx, type, options));
    for (Json& item : page.items) {
      item["apiVersion"] = type.ApiVersion();  // list items come without
      item["kind"] = type.kind;
      if (Matches(split, item)) all.items.push_back(std::move(item));
    }
    all.resource_version = page.resource_version;
    options.continue_token = page.continue_token;
  } while (!options.continue_token.empty());
  return all;
}

std::string LastSeen(const std::optional<Json>& object) {
  if (!object) return "it does not exist";
  const Json ready = ConditionOf(*object, "Ready");
  const std::string phase = TextAt(*object, "/status/phase");
  std::string text = "phase " + (phase.empty() ? "unknown" : phase);
  if (!ready.is_null()) {
    text += ", Ready=" + TextAt(ready, "/status") + " " + TextAt(ready, "/reason") + ": " +
            TextAt(ready, "/message");
  }
  return text;
}

// Its time was up, or its version: that ends one request and not the whole. (The caller's own time
// is checked by the caller.)
bool MayWatchAgain(const Status& ended) {
  return ended || ended.error().kind == ErrorKind::kStale ||
         ended.error().kind == ErrorKind::kTimeout;
}

// What Follow remembers between two lists: so that objects which went meanwhile are reported too.
class Follower {
 public:
  Follower(const SplitSelector& split, const ObjectHandler& handler)
      : split_(split), handler_(handler) {}

  Status Relisted(const std::vector<Json>& items) {
    std::map<kube::Key, Json> previous = std::move(known_);
    known_.clear();
    for (const Json& item : items) {
      const kube::Key key = KeyOf(item);
      const auto before = previous.find(key);
      const bool changed =
          before == previous.end() || TextAt(before->second, "/metadata/resourceVersion") !=
                                          TextAt(item, "/metadata/resourceVersion");
      const auto type =
          before == previous.end() ? kube::WatchEventType::kAdded : kube::WatchEventType::kModified;
      if (before != previous.end()) previous.erase(before);
      known_[key] = item;
      if (changed) VR_RETURN_IF_ERROR(handler_(type, item));
    }
    for (const auto& [key, gone] : previous)
      VR_RETURN_IF_ERROR(handler_(kube::WatchEventType::kDeleted, gone));
    return {};
  }

  Status Changed(const kube::WatchEvent& event) {
    if (event.object) version_ = TextAt(*event.object, "/metadata/resourceVersion");
    if (event.type == kube::WatchEventType::kBookmark || !event.object) return {};
    const kube::Key key = KeyOf(*event.object);
    const bool was_known = known_.contains(key);
    if (event.type == kube::WatchEventType::kDeleted || !Matches(split_, *event.object)) {
      known_.erase(key);
      return was_known ? handler_(kube::WatchEventType::kDeleted, *event.object) : Status();
    }
    known_[key] = *event.object;
    return handler_(was_known ? kube::WatchEventType::kModified : kube::WatchEventType::kAdded,
                    *event.object);
  }

  void set_version(std::string version) { version_ = std::move(version); }
  const std::string& version() const { return version_; }

 private:
  static kube::Key KeyOf(const Json& object) {
    return {TextAt(object, "/metadata/namespace"), TextAt(object, "/metadata/name")};
  }

  const SplitSelector& split_;
  const ObjectHandler& handler_;
  std::map<kube::Key, Json> known_;
  std::string version_;
};

}  // namespace

const kube::ResourceType& VirtualMachineType() {
  static const kube::ResourceType type{"infra.virtrigaud.io", "v1beta1", "VirtualMachine",
                                       "virtualmachines", true};
  return type;
}

const kube::ResourceType& EventType() {
  static const kube::ResourceType type{"", "v1", "Event", "events", true};
  return type;
}

Result<kube::ResourceType> Discovery::Find(const Context& ctx, const std::string& api_version,
                                           const std::string& kind) {
  if (!groups_.contains(api_version)) {
    VR_ASSIGN_OR_RETURN(groups_[api_version], Load(ctx, api_version));
  }
  for (const kube::ResourceType& type : groups_[api_version]) {
    if (type.kind == kind) return type;
  }
  return Error{
      ErrorKind::kNotFound, "the API server serves no kind " + kind + " in " + api_version, {}};
}

Result<std::vector<kube::ResourceType>> Discovery::Load(const Context& ctx,
                                                        const std::string& api_version) const {
  const size_t slash = api_version.find('/');
  net::HttpRequest request;
  request.url = (slash == std::string::npos ? "/api/" : "/apis/") + api_version;
  VR_ASSIGN_OR_RETURN(const net::HttpResponse response, client_.Raw(ctx, std::move(request)));
  std::vector<kube::ResourceType> types;
  if (response.status == 404) return types;
  const Json document = Json::parse(response.body, nullptr, false);
  if (response.status != 200 || !document.is_object() || !document.contains("resources")) {
    return Error{
        ErrorKind::kUnavailable,
        "cannot discover " + api_version + ": HTTP status " + std::to_string(response.status),
        {}};
  }
  for (const Json& resource : document["resources"]) {
    const std::string name = TextAt(resource, "/name");
    if (name.find('/') != std::string::npos) continue;
    types.push_back({slash == std::string::npos ? "" : api_version.substr(0, slash),
                     slash == std::string::npos ? api_version : api_version.substr(slash + 1),
                     TextAt(resource, "/kind"), name, resource.value("namespaced", false)});
  }
  return types;
}

Result<std::vector<Json>> ListAll(const Context& ctx, const kube::Client& client,
                                  const kube::ResourceType& type, const Selection& selection) {
  VR_ASSIGN_OR_RETURN(const SplitSelector split, Split(selection, type));
  VR_ASSIGN_OR_RETURN(Listing all, ListPages(ctx, client, type, selection, split));
  return std::move(all.items);
}

Status CheckFieldSelector(const kube::ResourceType& type, const std::string& selector) {
  return Split({.field_selector = selector}, type).status();
}

Status Follow(const Context& ctx, const kube::Client& client, const kube::ResourceType& type,
              const Selection& selection, const ObjectHandler& on_object) {
  VR_ASSIGN_OR_RETURN(const SplitSelector split, Split(selection, type));
  Follower follower(split, on_object);
  kube::WatchPace pace;
  const Error stopped{ErrorKind::kCancelled, "watching " + type.plural + " was stopped", {}};
  bool relist = true;
  while (true) {
    if (ctx.stop().stop_requested()) return stopped;
    if (ctx.Remaining() <= Duration::zero()) return {};
    if (relist) {
      const auto all = ListPages(ctx, client, type, selection, split);
      if (!all && ctx.stop().stop_requested()) return stopped;
      const bool followed = !follower.version().empty();
      if (!all && followed && ctx.Remaining() <= Duration::zero()) return {};
      if (!all) return all.error();
      follower.set_version(all->resource_version);
      VR_RETURN_IF_ERROR(follower.Relisted(all->items));
    }
    kube::WatchOptions options;
    options.ns = selection.ns;
    options.label_selector = selection.label_selector;
    options.field_selector = split.server;
    options.resource_version = follower.version();
    const TimePoint began = ctx.clock().Now();
    const Status ended = client.Watch(
        ctx, type, options, [&](const kube::WatchEvent& event) { return follower.Changed(event); });
    if (ctx.stop().stop_requested()) return stopped;
    if (ctx.Remaining() <= Duration::zero()) return {};
    if (!MayWatchAgain(ended)) return ended;
    relist = !ended && ended.error().kind == ErrorKind::kStale;
    (void)ctx.Sleep(pace.After(ended, ctx.clock().Now() - began));
  }
}

Status WaitFor(const Context& ctx, const kube::Client& client, const kube::ResourceType& type,
               const kube::Key& key, const DoneCheck& done) {
  const Selection selection{.ns = key.ns, .name = key.name};
  VR_ASSIGN_OR_RETURN(const SplitSelector split, Split(selection, type));
  std::optional<Json> last;
  bool finished = false;
  const auto check = [&](const Json* object) -> Status {
    last = object == nullptr ? std::nullopt : std::optional<Json>(*object);
    VR_ASSIGN_OR_RETURN(finished, done(object));
    return finished ? Status(Error{ErrorKind::kCancelled, "enough", {}})
                    : Status();  // ends the watch
  };
  const auto on_event = [&](const kube::WatchEvent& event) -> Status {
    if (event.type == kube::WatchEventType::kBookmark) return {};
    return check(event.type == kube::WatchEventType::kDeleted ? nullptr : event.object.get());
  };
  kube::WatchPace pace;
  Status ended = ctx.Check("wait");
  while (ended.ok()) {
    const TimePoint began = ctx.clock().Now();
    const auto listing = ListPages(ctx, client, type, selection, split);
    ended = listing ? check(listing->items.empty() ? nullptr : &listing->items.front())
                    : Status(listing.error());
    if (ended) {
      ended = client.Watch(ctx, type,
                           {.ns = key.ns,
                            .field_selector = split.server,
                            .resource_version = listing->resource_version},
                           on_event);
    }
    if (!finished && MayWatchAgain(ended))
      ended = ctx.Sleep(pace.After(ended, ctx.clock().Now() - began));
  }
  if (finished) return {};
  if (ended.error().kind != ErrorKind::kTimeout) return ended;
  return Error{ErrorKind::kTimeout,
               "gave up waiting for " + type.kind + " " + key.ToString() + ": " + LastSeen(last),
               {}};
}

Result<bool> IsReady(const Json* object) {
  if (object == nullptr) return false;
  const Json ready = ConditionOf(*object, "Ready");
  if (ready.is_null() || TextAt(ready, "/status") != "True") return false;
  const int64_t generation = (*object)["metadata"].value("generation", int64_t{0});
  return ready.value("observedGeneration", generation) >= generation;
}

}  // namespace vr::cli
