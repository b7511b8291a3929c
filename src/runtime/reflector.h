// Reflector<T>: keeps a Store equal to what the API server has.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "base/log.h"
#include "kube/meta_json.h"
#include "kube/typed_client.h"
#include "kube/watch_pace.h"
#include "runtime/store.h"

namespace vr::runtime {

// Lists in pages, then watches with bookmarks, again and again from the last version; lists again
// only when the server has forgotten that. An object that cannot be decoded is logged and left out;
// the rest goes on. Run blocks until the context ends: one thread of its own.
template <class T>
class Reflector {
 public:
  using Traits = kube::ResourceTraits<T>;

  Reflector(const kube::Client& client, Store<T>& store, std::string ns = "")
      : client_(client), store_(store), ns_(std::move(ns)) {}

  void Run(const Context& ctx) {
    kube::WatchPace pace;
    while (ctx.Check().ok()) {
      const TimePoint began = ctx.clock().Now();
      const Status ended = ListAndWatch(ctx);
      if (!ctx.Check()) return;
      if (!ended) {
        // Whatever else broke a watch: the server still knows our version, so nothing is listed.
        if (ended.error().kind == ErrorKind::kStale) version_.clear();
        LogWarn(ctx, "Watching failed",
                {{"resource", Traits::Type().plural}, {"error", ended.error().message}});
      }
      if (!ctx.Sleep(pace.After(ended, ctx.clock().Now() - began))) return;
    }
  }

 private:
  Status ListAndWatch(const Context& ctx) {
    if (version_.empty()) VR_RETURN_IF_ERROR(ListAll(ctx));
    return client_.Watch(ctx, Traits::Type(), {.ns = ns_, .resource_version = version_},
                         [&](const kube::WatchEvent& event) {
                           const std::string version = kube::ResourceVersionOf(*event.object);
                           if (event.type == kube::WatchEventType::kDeleted) {
                             store_.Remove(kube::KeyOf(*event.object));
                           } else if (event.type != kube::WatchEventType::kBookmark) {
                             Put(ctx, *event.object, Origin::kChange);
                           }
                           if (!version.empty()) version_ = version;
                           return Status();
                         });
  }

  Status ListAll(const Context& ctx) {
    std::set<kube::Key> listed;
    kube::ListOptions options{.ns = ns_};
    do {
      VR_ASSIGN_OR_RETURN(kube::ListPage page, client_.List(ctx, Traits::Type(), options));
      for (const kube::Json& item : page.items) {
        listed.insert(kube::KeyOf(item));
        Put(ctx, item, Origin::kInitialList);
      }
      options.continue_token = page.continue_token;
      version_ = page.resource_version;
    } while (!options.continue_token.empty());
    store_.KeepOnly(listed);
    store_.MarkSynced();
    return {};
  }

  void Put(const Context& ctx, const kube::Json& json, Origin origin) {
    Result<T> object = Traits::Decode(json);
    if (!object) {
      LogError(ctx, "Object cannot be decoded",
               {{"resource", Traits::Type().plural},
                {"object", kube::KeyOf(json).ToString()},
                {"error", object.error().message}});
      return;
    }
    store_.Put(std::move(*object), origin);
  }

  const kube::Client& client_;
  Store<T>& store_;
  const std::string ns_;
  std::string version_;  // where the next watch starts; empty: list first
};

}  // namespace vr::runtime
