// vrtg apply and vrtg delete: manifests to an API server and away from it.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/field_paths.h"
#include "cli/json_util.h"
#include "cli/printer.h"
#include "cli/report.h"
#include "cli/resources.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::minutes kWaitTimeout{10};

// Where an object belongs, with its namespace filled in.
Result<kube::Key> Place(const Env& env, const Connection& connection,
                        const kube::ResourceType& type, Json& object) {
  const std::string name = TextAt(object, "/metadata/name");
  if (!type.namespaced) return kube::Key{"", name};
  std::string ns = TextAt(object, "/metadata/namespace");
  if (ns.empty()) {
    ns = connection.ns;
    object["metadata"]["namespace"] = ns;
  } else if (env.settings.ns_from_flag && ns != env.settings.ns) {
    return Error{ErrorKind::kInvalidSpec,
                 ObjectName(object) + ": its namespace '" + ns + "' is not the one of -n, '" +
                     env.settings.ns + "'",
                 {}};
  }
  return kube::Key{ns, name};
}

// What a person can do: about fields that others own, and about a field that is none.
Error AboutObject(Error error, const Json& object) {
  Error about = ExplainField(std::move(error), TextAt(object, "/kind")).Wrap(ObjectName(object));
  const size_t owner = about.message.find("conflict with \"");
  if (about.kind != ErrorKind::kStale || owner == std::string::npos) return about;
  const size_t name = owner + std::string_view("conflict with \"").size();
  about.kind = ErrorKind::kConflict;  // another try meets the same owner
  return WithHint(about, "'" + about.message.substr(name, about.message.find('"', name) - name) +
                             "' owns what the message names: leave that out, or take it over with "
                             "--force-conflicts");
}

// Server-side apply, or create and merge patch where the server has none.
Result<Json> Write(const Context& ctx, const kube::Client& client, const kube::ResourceType& type,
                   const kube::Key& key, const Json& object, const ApplyOptions& options,
                   bool exists) {
  kube::WriteOptions write;
  write.field_manager = "vrtg";
  write.dry_run = options.dry_run;
  write.force = options.force_conflicts;
  write.field_validation = "Strict";
  auto applied = client.Apply(ctx, type, object, write);
  if (applied || applied.error().kind != ErrorKind::kNotSupported) return applied;
  if (!exists) return client.Create(ctx, type, object, write);
  return client.Patch(ctx, type, key, kube::PatchType::kMerge, object, write);
}

struct Applied {
  kube::ResourceType type;
  kube::Key key;
  std::string name = {};  // to show
};

Result<Applied> ApplyOne(Env& env, const Connection& connection, Discovery& discovery, Json object,
                         const ApplyOptions& options) {
  const Context ctx = Context(env.stop, env.clock).WithTimeout(std::chrono::seconds(30));
  VR_ASSIGN_OR_RETURN(const kube::ResourceType type,
                      discovery.Find(ctx, TextAt(object, "/apiVersion"), TextAt(object, "/kind")));
  VR_ASSIGN_OR_RETURN(const kube::Key key, Place(env, connection, type, object));
  const auto before = connection.client->Get(ctx, type, key);
  if (!before && before.error().kind != ErrorKind::kNotFound) return before.error();
  VR_ASSIGN_OR_RETURN(const Json after,
                      Write(ctx, *connection.client, type, key, object, options, before.ok()));
  if (!env.settings.output.table()) {
    PrintObject(env.out, env.settings.output, after);
    return Applied{type, key};
  }
  const char* verb = "configured";
  if (!before) verb = "created";
  if (before &&
      TextAt(*before, "/metadata/resourceVersion") == TextAt(after, "/metadata/resourceVersion"))
    verb = "unchanged";
  env.out << ObjectName(object) << " " << verb << (options.dry_run ? " (dry run)" : "") << "\n";
  env.out.flush();
  return Applied{type, key};
}

Status WaitUntilReady(Env& env, const Connection& connection, const std::vector<Applied>& applied) {
  const Context ctx = env.Ctx(kWaitTimeout);
  for (const Applied& one : applied) {
    if (!(one.type == VirtualMachineType())) continue;
    std::string phase;
    const auto check = [&](const Json* object) {
      const std::string now = object == nullptr ? "" : TextAt(*object, "/status/phase");
      if (now != phase && !now.empty()) env.err << one.key.ToString() << ": " << now << std::endl;
      phase = now;
      return IsReady(object);
    };
    VR_RETURN_IF_ERROR(WaitFor(ctx, *connection.client, one.type, one.key, check));
  }
  return {};
}

Status DeleteOne(Env& env, const Connection& connection, Discovery& discovery, Json object,
                 const DeleteManifestsOptions& options, std::vector<Applied>& deleted) {
  const Context ctx = Context(env.stop, env.clock).WithTimeout(std::chrono::seconds(30));
  VR_ASSIGN_OR_RETURN(const kube::ResourceType type,
                      discovery.Find(ctx, TextAt(object, "/apiVersion"), TextAt(object, "/kind")));
  VR_ASSIGN_OR_RETURN(const kube::Key key, Place(env, connection, type, object));
  kube::DeleteOptions how;
  how.propagation_policy = "Background";
  const Status gone = connection.client->Delete(ctx, type, key, how);
  if (!gone && gone.error().kind == ErrorKind::kNotFound && options.ignore_not_found) return {};
  VR_RETURN_IF_ERROR(gone);
  if (!options.wait) {
    env.out << ObjectName(object) << " is being deleted" << std::endl;
    return {};
  }
  deleted.push_back({type, key, ObjectName(object)});
  return {};
}

Status WaitGone(Env& env, const Connection& connection, const Applied& one) {
  VR_RETURN_IF_ERROR(WaitFor(env.Ctx(kWaitTimeout), *connection.client, one.type, one.key,
                             [](const Json* object) -> Result<bool> { return object == nullptr; }));
  env.out << one.name << " deleted" << std::endl;
  return {};
}

}  // namespace

Status Apply(Env& env, const ApplyOptions& options) {
  VR_ASSIGN_OR_RETURN(const std::vector<Json> objects, ReadManifests(env, options.manifests));
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  Discovery discovery(*connection.client);
  std::vector<Applied> applied;
  Failures failures(env, objects.size());
  for (const Json& object : objects) {
    auto one = ApplyOne(env, connection, discovery, object, options);
    if (one) applied.push_back(std::move(*one));
    if (!one && !failures.Add(AboutObject(one.error(), object))) break;
  }
  VR_RETURN_IF_ERROR(failures.Summary("objects were not applied"));
  if (!options.wait || options.dry_run) return {};
  return WaitUntilReady(env, connection, applied);
}

Status DeleteManifests(Env& env, const DeleteManifestsOptions& options) {
  VR_ASSIGN_OR_RETURN(std::vector<Json> objects, ReadManifests(env, options.manifests));
  VR_ASSIGN_OR_RETURN(const Connection connection, Connect(env));
  Discovery discovery(*connection.client);
  // The other way round than applied: a VirtualMachine goes before the Provider that must remove
  // it.
  std::reverse(objects.begin(), objects.end());
  const auto is_vm = [](const Json& object) { return TextAt(object, "/kind") == "VirtualMachine"; };
  const auto others = std::stable_partition(objects.begin(), objects.end(), is_vm);
  Failures failures(env, objects.size());
  const auto run = [&](auto begin, auto end) {
    std::vector<Applied> deleted;
    for (auto it = begin; it != end; ++it) {
      const Status one = DeleteOne(env, connection, discovery, *it, options, deleted);
      if (!one && !failures.Add(AboutObject(one.error(), *it))) return false;
    }
    return std::all_of(deleted.begin(), deleted.end(), [&](const Applied& one) {
      const Status gone = WaitGone(env, connection, one);
      return gone.ok() || failures.Add(gone.error());
    });
  };
  if (run(objects.begin(), others)) run(others, objects.end());
  return failures.Summary("objects were not deleted");
}

}  // namespace vr::cli
