#include "kube/client.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/utf8.h"
#include "kube/meta_json.h"
#include "kube/path.h"
#include "kube/status_error.h"
#include "kube/watch_decoder.h"

namespace vr::kube {
namespace {

// Longer than an API server takes to answer 504 by itself.
constexpr Duration kRequestLimit = std::chrono::seconds(90);
// How much later than it was asked to a server may end a watch.
constexpr Duration kWatchGrace = std::chrono::seconds(30);

std::string Describe(const char* verb, const ResourceType& type, const Key& key) {
  return std::string(verb) + " " + type.plural +
         (key.name.empty() && key.ns.empty() ? "" : " " + key.ToString());
}

std::string WriteQuery(const WriteOptions& options, const char* force = "") {
  return QueryString({{"fieldManager", options.field_manager},
                      {"dryRun", options.dry_run ? "All" : ""},
                      {"fieldValidation", options.field_validation},
                      {"force", force}});
}

const char* ContentType(PatchType type) {
  switch (type) {
    case PatchType::kMerge:
      return "application/merge-patch+json";
    case PatchType::kJson:
      return "application/json-patch+json";
    case PatchType::kApply:
      return "application/apply-patch+yaml";
  }
  return "application/json";
}

// The text between the quotes of `299 - "text"`.
std::string WarningText(const std::string& header) {
  const size_t begin = header.find('"');
  const size_t end = header.rfind('"');
  if (begin == std::string::npos || end <= begin) return header;
  std::string text;
  for (size_t i = begin + 1; i < end; ++i) {
    if (header[i] == '\\' && i + 1 < end) ++i;
    text += header[i];
  }
  return text;
}

// The path of a text that JSON cannot carry ("metadata.name"); empty if there is none.
std::string PathOfNonText(const Json& value, const std::string& path) {
  if (value.is_string()) return IsUtf8(value.get_ref<const std::string&>()) ? "" : path;
  for (const auto& [key, member] : value.items()) {
    if (value.is_object() && !IsUtf8(key)) return path + " (a key)";
    const std::string below = value.is_array() ? path + "[" + key + "]"
                              : path.empty()   ? key
                                               : path + "." + key;
    if (member.is_string() || member.is_structured()) {
      if (std::string found = PathOfNonText(member, below); !found.empty()) return found;
    }
  }
  return "";
}

Result<std::string> Body(const Json& object) {
  const std::string place = PathOfNonText(object, "");
  if (place.empty()) return object.dump();
  return Error{ErrorKind::kInvalidSpec, place + " is not text (UTF-8)", {}};
}

}  // namespace

struct Client::Impl {
  ClientConfig config;

  Result<net::HttpRequest> Prepare(const Context& ctx, std::string method, const std::string& path,
                                   std::string body, const char* content_type) const {
    net::HttpRequest request;
    request.method = std::move(method);
    request.url = config.server + path;
    request.body = std::move(body);
    request.headers.emplace("Accept", "application/json");
    request.headers.emplace("User-Agent", config.user_agent);
    if (!request.body.empty()) request.headers.emplace("Content-Type", content_type);
    VR_RETURN_IF_ERROR(Authorize(ctx, request));
    return request;
  }

  Status Authorize(const Context& ctx, net::HttpRequest& request) const {
    request.headers.insert(config.headers.begin(), config.headers.end());
    if (!config.bearer_token) return {};
    VR_ASSIGN_OR_RETURN(const std::string token, config.bearer_token(ctx));
    if (!token.empty()) request.headers.emplace("Authorization", "Bearer " + token);
    return {};
  }

  void PassWarnings(const net::HttpResponse& response) const {
    if (!config.on_warning) return;
    const auto [begin, end] = response.headers.equal_range("Warning");
    for (auto it = begin; it != end; ++it) config.on_warning(WarningText(it->second));
  }

  Result<Json> Send(const Context& ctx, const std::string& what, const char* method,
                    const std::string& path, const Json& object,
                    const char* content_type = "application/json") const {
    auto body = Body(object);
    if (!body) return body.error().Wrap(what);
    return Call(ctx, what, method, path, *std::move(body), content_type);
  }

  Result<Json> Call(const Context& caller, const std::string& what, const char* method,
                    const std::string& path, std::string body = "",
                    const char* content_type = "application/json") const {
    const Context ctx = caller.WithTimeout(kRequestLimit);
    VR_ASSIGN_OR_RETURN(const net::HttpRequest request,
                        Prepare(ctx, method, path, std::move(body), content_type));
    const Result<net::HttpResponse> response = config.http->Do(ctx, request);
    if (!response) return response.error().Wrap(what);
    if (response->status >= 400) return ErrorFromResponse(what, *response);
    PassWarnings(*response);
    Json json = Json::parse(response->body, nullptr, false);
    if (json.is_discarded())
      return Error{ErrorKind::kInternal, what + ": the answer is not JSON", {}};
    return json;
  }
};

Client::Client(ClientConfig config) : impl_(std::make_unique<Impl>()) {
  impl_->config = std::move(config);
  while (impl_->config.server.ends_with('/')) impl_->config.server.pop_back();
}
Client::~Client() = default;

Result<Json> Client::Get(const Context& ctx, const ResourceType& type, const Key& key) const {
  return impl_->Call(ctx, Describe("get", type, key), "GET", ResourcePath(type, key.ns, key.name));
}

Result<ListPage> Client::List(const Context& ctx, const ResourceType& type,
                              const ListOptions& options) const {
  const std::string query =
      QueryString({{"labelSelector", options.label_selector},
                   {"fieldSelector", options.field_selector},
                   {"limit", options.limit > 0 ? std::to_string(options.limit) : ""},
                   {"continue", options.continue_token},
                   {"resourceVersion", options.resource_version},
                   {"resourceVersionMatch", options.resource_version_match}});
  const std::string what = Describe("list", type, {options.ns, ""});
  VR_ASSIGN_OR_RETURN(Json json,
                      impl_->Call(ctx, what, "GET", ResourcePath(type, options.ns) + query));
  if (!json.is_object() || !json.contains("items"))
    return Error{ErrorKind::kInternal, what + ": the answer is no list", {}};
  ListPage page;
  page.resource_version = ResourceVersionOf(json);
  const Json& meta = json["metadata"];
  if (meta.contains("continue") && meta["continue"].is_string())
    page.continue_token = meta["continue"].get<std::string>();
  if (!json["items"].is_array()) return page;
  for (Json& item : json["items"]) {
    // Items of a list may lack what every object needs to be applied or printed again.
    item.emplace("apiVersion", type.ApiVersion());
    item.emplace("kind", type.kind);
    page.items.push_back(std::move(item));
  }
  return page;
}

Result<Json> Client::Create(const Context& ctx, const ResourceType& type, const Json& object,
                            const WriteOptions& options) const {
  const Key key = KeyOf(object);
  return impl_->Send(
      ctx, Describe("create", type, key), "POST",
      ResourcePath(type, key.ns, options.subresource.empty() ? "" : key.name, options.subresource) +
          WriteQuery(options),
      object);
}

Result<Json> Client::Update(const Context& ctx, const ResourceType& type, const Json& object,
                            const WriteOptions& options) const {
  const Key key = KeyOf(object);
  return impl_->Send(
      ctx, Describe("update", type, key), "PUT",
      ResourcePath(type, key.ns, key.name, options.subresource) + WriteQuery(options), object);
}

Result<Json> Client::Patch(const Context& ctx, const ResourceType& type, const Key& key,
                           PatchType patch_type, const Json& patch,
                           const WriteOptions& options) const {
  const char* force = patch_type == PatchType::kApply && options.force ? "true" : "";
  return impl_->Send(
      ctx, Describe("patch", type, key), "PATCH",
      ResourcePath(type, key.ns, key.name, options.subresource) + WriteQuery(options, force), patch,
      ContentType(patch_type));
}

Result<Json> Client::Apply(const Context& ctx, const ResourceType& type, const Json& object,
                           const WriteOptions& options) const {
  return Patch(ctx, type, KeyOf(object), PatchType::kApply, object, options);
}

Status Client::Delete(const Context& ctx, const ResourceType& type, const Key& key,
                      const DeleteOptions& options) const {
  Json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (options.uid) body["preconditions"]["uid"] = *options.uid;
  if (options.resource_version)
    body["preconditions"]["resourceVersion"] = *options.resource_version;
  if (!options.propagation_policy.empty()) body["propagationPolicy"] = options.propagation_policy;
  if (options.grace_period_seconds) body["gracePeriodSeconds"] = *options.grace_period_seconds;
  if (options.dry_run) body["dryRun"] = {"All"};
  return impl_
      ->Send(ctx, Describe("delete", type, key), "DELETE", ResourcePath(type, key.ns, key.name),
             body)
      .status();
}

Status Client::Watch(const Context& caller, const ResourceType& type, const WatchOptions& options,
                     const std::function<Status(const WatchEvent&)>& on_event) const {
  const Context ctx = caller.WithTimeout(options.timeout + kWatchGrace);
  const std::string query =
      QueryString({{"watch", "true"},
                   {"labelSelector", options.label_selector},
                   {"fieldSelector", options.field_selector},
                   {"resourceVersion", options.resource_version},
                   {"allowWatchBookmarks", options.bookmarks ? "true" : ""},
                   {"timeoutSeconds", std::to_string(options.timeout.count())}});
  const std::string what = Describe("watch", type, {options.ns, ""});
  VR_ASSIGN_OR_RETURN(const net::HttpRequest request,
                      impl_->Prepare(ctx, "GET", ResourcePath(type, options.ns) + query, "", ""));
  WatchDecoder decoder(on_event);
  const Result<net::HttpResponse> response = impl_->config.http->Stream(
      ctx, request, [&](std::string_view chunk) { return decoder.Feed(chunk); });
  if (!response) return response.error();
  if (response->status >= 400) return ErrorFromResponse(what, *response);
  return {};
}

Result<net::HttpResponse> Client::Raw(const Context& caller, net::HttpRequest request) const {
  const Context ctx = caller.WithTimeout(kRequestLimit);
  VR_RETURN_IF_ERROR(impl_->Authorize(ctx, request));
  request.url = impl_->config.server + request.url;
  request.headers.emplace("User-Agent", impl_->config.user_agent);
  return impl_->config.http->Do(ctx, request);
}

}  // namespace vr::kube
