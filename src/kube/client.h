// Client: the API server's verbs on JSON objects. TypedClient<T> (typed_client.h) puts types on
// top.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "kube/object.h"
#include "net/http.h"

namespace vr::kube {

using Json = nlohmann::json;

struct ListOptions {
  std::string ns;  // empty: all namespaces
  std::string label_selector;
  std::string field_selector;
  int limit = 500;
  std::string continue_token;
  std::string resource_version;
  std::string resource_version_match;
};

struct ListPage {
  std::vector<Json> items;
  std::string resource_version;
  std::string continue_token;  // empty on the last page
};

struct WatchOptions {
  std::string ns;
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;
  bool bookmarks = true;
  std::chrono::seconds timeout{290};  // the server ends the watch after this
};

enum class WatchEventType { kAdded, kModified, kDeleted, kBookmark };

struct WatchEvent {
  WatchEventType type = WatchEventType::kAdded;
  std::shared_ptr<const Json> object;
};

struct WriteOptions {
  std::string field_manager = "virtrigaud-manager";
  std::string subresource;  // "status" or empty
  bool dry_run = false;
  bool force = false;            // server-side apply only
  std::string field_validation;  // "Strict", "Warn", "Ignore" or empty
};

struct DeleteOptions {
  std::optional<std::string> uid;  // preconditions
  std::optional<std::string> resource_version;
  std::string propagation_policy;  // "Background", "Foreground", "Orphan" or empty
  std::optional<int64_t> grace_period_seconds;
  bool dry_run = false;
};

enum class PatchType { kMerge, kJson, kApply };

// How to reach and convince an API server. `http` already holds TLS and client certificates;
// `bearer_token`, when set, is asked before each request, so that a rotated token file or an exec
// plug-in is honoured.
struct ClientConfig {
  std::string server;  // "https://127.0.0.1:6443"
  std::shared_ptr<net::HttpClient> http;
  std::function<Result<std::string>(const Context&)> bearer_token;
  net::Headers headers = {};  // sent with each request: basic authentication, impersonation
  std::string user_agent = "virtrigaud";
  std::function<void(std::string_view warning)>
      on_warning;  // admission warnings; called on the request's thread
};

// Thread-safe. Every request ends: after 90 s, a watch 30 s after the time that the server was
// given, or earlier with the context (kTimeout). Errors carry the server's own message: 404
// kNotFound, 409 kConflict (AlreadyExists) or kStale (Conflict), 410 kStale, 400/422 kInvalidSpec,
// 401/403 kUnauthorized, 405/406/415 kNotSupported, 429 kRateLimit with retry_after, 504 kTimeout,
// 507, a full database and a used up quota kQuotaExceeded, other 5xx kUnavailable (500: kInternal,
// but kInvalidSpec for an apply that does not fit the schema). A text in an object that is not
// UTF-8 is kInvalidSpec; nothing is sent.
class Client {
 public:
  explicit Client(ClientConfig config);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Result<Json> Get(const Context& ctx, const ResourceType& type, const Key& key) const;
  Result<ListPage> List(const Context& ctx, const ResourceType& type,
                        const ListOptions& options) const;
  Result<Json> Create(const Context& ctx, const ResourceType& type, const Json& object,
                      const WriteOptions& options = {}) const;
  Result<Json> Update(const Context& ctx, const ResourceType& type, const Json& object,
                      const WriteOptions& options = {}) const;
  Result<Json> Patch(const Context& ctx, const ResourceType& type, const Key& key,
                     PatchType patch_type, const Json& patch,
                     const WriteOptions& options = {}) const;
  // Server-side apply; `object` carries apiVersion, kind and metadata.name.
  Result<Json> Apply(const Context& ctx, const ResourceType& type, const Json& object,
                     const WriteOptions& options = {}) const;
  Status Delete(const Context& ctx, const ResourceType& type, const Key& key,
                const DeleteOptions& options = {}) const;

  // Calls `on_event` for each event, on this thread, until the server ends the watch (ok), it
  // fails, the context ends, or on_event returns an error (which is returned). kStale: the
  // resource version is too old, list again.
  Status Watch(const Context& ctx, const ResourceType& type, const WatchOptions& options,
               const std::function<Status(const WatchEvent&)>& on_event) const;

  // Any other request, for example a table or /version. `path` starts with '/'.
  Result<net::HttpResponse> Raw(const Context& ctx, net::HttpRequest request) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vr::kube
