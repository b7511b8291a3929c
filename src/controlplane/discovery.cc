#include "controlplane/discovery.h"

#include <nlohmann/json.hpp>
#include <set>

#include "controlplane/media.h"
#include "controlplane/openapi.h"
#include "controlplane/resource.h"
#include "controlplane/reviews.h"
#include "controlplane/status.h"

namespace vr::controlplane {
namespace {

std::vector<std::pair<std::string, std::string>> GroupVersions() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Resource& resource : AllResources()) {
    const std::pair<std::string, std::string> entry{resource.type.group, resource.type.version};
    if (std::find(out.begin(), out.end(), entry) == out.end()) out.push_back(entry);
  }
  for (const ReviewKind& review : AllReviews()) {
    const std::pair<std::string, std::string> entry{review.group, "v1"};
    if (std::find(out.begin(), out.end(), entry) == out.end()) out.push_back(entry);
  }
  return out;
}

std::string SingularOf(const ReviewKind& review) {
  std::string name = review.plural;
  name.pop_back();
  return name;
}

std::string Joined(const std::string& group, const std::string& version) {
  return group.empty() ? version : group + "/" + version;
}

Json ReviewList(const std::string& group) {
  Json list = Json::array();
  for (const ReviewKind& review : AllReviews()) {
    if (group != review.group) continue;
    list.push_back({{"name", review.plural},
                    {"singularName", SingularOf(review)},
                    {"namespaced", review.namespaced},
                    {"kind", review.kind},
                    {"verbs", {"create"}}});
  }
  return list;
}

Json ResourceList(const std::string& group, const std::string& version) {
  Json list = {{"kind", "APIResourceList"},
               {"apiVersion", "v1"},
               {"groupVersion", Joined(group, version)},
               {"resources", ReviewList(group)}};
  for (const Resource& resource : AllResources()) {
    if (resource.type.group != group || resource.type.version != version) continue;
    Json entry = {{"name", resource.type.plural},
                  {"singularName", resource.singular},
                  {"namespaced", resource.type.namespaced},
                  {"kind", resource.type.kind},
                  {"verbs", resource.Verbs()}};
    if (!resource.short_names.empty()) entry["shortNames"] = resource.short_names;
    if (!resource.categories.empty()) entry["categories"] = resource.categories;
    list["resources"].push_back(std::move(entry));
    if (!resource.has_status) continue;
    list["resources"].push_back({{"name", resource.type.plural + "/status"},
                                 {"singularName", ""},
                                 {"namespaced", resource.type.namespaced},
                                 {"kind", resource.type.kind},
                                 {"verbs", {"get", "patch", "update"}}});
    if (!resource.IsCustom() || !resource.kind->scale) continue;
    list["resources"].push_back({{"name", resource.type.plural + "/scale"},
                                 {"singularName", ""},
                                 {"namespaced", resource.type.namespaced},
                                 {"group", "autoscaling"},
                                 {"version", "v1"},
                                 {"kind", "Scale"},
                                 {"verbs", {"get", "patch", "update"}}});
  }
  return list;
}

Json Group(const std::string& group, const std::string& version) {
  const Json entry = {{"groupVersion", Joined(group, version)}, {"version", version}};
  return {{"name", group}, {"versions", {entry}}, {"preferredVersion", entry}};
}

Json AggregatedResource(const Resource& resource) {
  // Kubernetes leaves the version of its own kinds to the version around them.
  const Json kind = {{"group", resource.type.group},
                     {"version", resource.IsCustom() ? resource.type.version : ""},
                     {"kind", resource.type.kind}};
  Json entry = {{"resource", resource.type.plural},
                {"responseKind", kind},
                {"scope", resource.type.namespaced ? "Namespaced" : "Cluster"},
                {"singularResource", resource.singular},
                {"verbs", resource.Verbs()}};
  if (!resource.short_names.empty()) entry["shortNames"] = resource.short_names;
  if (!resource.categories.empty()) entry["categories"] = resource.categories;
  if (resource.has_status) {
    entry["subresources"] = {
        {{"subresource", "status"}, {"responseKind", kind}, {"verbs", {"get", "patch", "update"}}}};
  }
  if (resource.IsCustom() && resource.kind->scale) {
    const Json scale = {{"group", "autoscaling"}, {"version", "v1"}, {"kind", "Scale"}};
    entry["subresources"].push_back(
        {{"subresource", "scale"}, {"responseKind", scale}, {"verbs", {"get", "patch", "update"}}});
  }
  return entry;
}

Json AggregatedReview(const ReviewKind& review) {
  return {{"resource", review.plural},
          {"responseKind", {{"group", review.group}, {"version", ""}, {"kind", review.kind}}},
          {"scope", review.namespaced ? "Namespaced" : "Cluster"},
          {"singularResource", SingularOf(review)},
          {"verbs", {"create"}}};
}

Json Aggregated(bool core) {
  Json out = {{"kind", "APIGroupDiscoveryList"},
              {"apiVersion", "apidiscovery.k8s.io/v2"},
              {"metadata", Json::object()},
              {"items", Json::array()}};
  for (const auto& [group, version] : GroupVersions()) {
    if (group.empty() != core) continue;
    Json resources = Json::array();
    for (const Resource& resource : AllResources()) {
      if (resource.type.group == group && resource.type.version == version)
        resources.push_back(AggregatedResource(resource));
    }
    for (const ReviewKind& review : AllReviews()) {
      if (group == review.group) resources.push_back(AggregatedReview(review));
    }
    Json item = {
        {"metadata", Json::object()},
        {"versions", {{{"version", version}, {"resources", resources}, {"freshness", "Current"}}}}};
    if (!group.empty()) item["metadata"]["name"] = group;
    out["items"].push_back(std::move(item));
  }
  return out;
}

Json Groups() {
  Json list = {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", Json::array()}};
  for (const auto& [group, version] : GroupVersions()) {
    if (!group.empty()) list["groups"].push_back(Group(group, version));
  }
  return list;
}

bool Serves(const std::string& group, const std::string& version) {
  const auto all = GroupVersions();
  return std::find(all.begin(), all.end(), std::pair{group, version}) != all.end();
}

std::optional<Json> OpenApi(const std::vector<std::string>& path) {
  if (path.size() == 2 && path[1] == "v2") return OpenApiV2();
  if (path.size() < 2 || path[1] != "v3") return std::nullopt;
  if (path.size() == 2) {
    Json index;
    for (const auto& [group, version] : GroupVersions()) {
      const std::string name = group.empty() ? "api/" + version : "apis/" + group + "/" + version;
      index["paths"][name]["serverRelativeURL"] = "/openapi/v3/" + name;
    }
    return index;
  }
  if (path.size() == 4 && path[2] == "api" && Serves("", path[3])) return OpenApiV3("", path[3]);
  if (path.size() == 5 && path[2] == "apis" && Serves(path[3], path[4]))
    return OpenApiV3(path[3], path[4]);
  return std::nullopt;
}

bool WantsAggregated(const std::string& accept) {
  return accept.find("g=apidiscovery.k8s.io") != std::string::npos &&
         accept.find("v=v2;") != std::string::npos;
}

std::string ContentType(const std::vector<std::string>& path, const std::string& accept) {
  // The index of OpenAPI documents comes as it does from the real server, which does not say JSON.
  if (path == std::vector<std::string>{"openapi", "v3"}) return "text/plain; charset=utf-8";
  const bool root =
      path == std::vector<std::string>{"api"} || path == std::vector<std::string>{"apis"};
  if (root && WantsAggregated(accept))
    return "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  return "application/json";
}

net::HttpResponse AnswerOpenApiV2(const net::HttpRequest& request) {
  static const std::string kProtobuf = "application/com.github.proto-openapi.spec.v2";
  const auto type = AcceptedType(
      net::HeaderOr(request.headers, "Accept"),
      {"application/json", kProtobuf + "@v1.0+protobuf", kProtobuf + ".v1.0+protobuf"});
  if (!type) return {.status = 406, .headers = {}, .body = ""};
  const Result<OpenApiV2Texts>& texts = EncodedOpenApiV2();
  if (!texts) return StatusResponse(Simple(500, "InternalError", texts.error().message));
  net::HttpResponse response{.status = 200,
                             .headers = {{"Etag", texts->etag},
                                         {"Vary", "Accept"},
                                         {"Cache-Control", "no-cache, private"}},
                             .body = ""};
  if (net::HeaderOr(request.headers, "If-None-Match") == texts->etag) {
    response.status = 304;
    return response;
  }
  const bool json = *type == "application/json";
  response.headers.emplace("Content-Type", json ? *type : kProtobuf + ".v1.0+protobuf");
  response.body = json ? texts->json : texts->protobuf;
  return response;
}

}  // namespace

std::optional<Json> DiscoveryDocument(const std::vector<std::string>& path,
                                      const std::string& accept) {
  if (path.empty()) return std::nullopt;
  if (path[0] == "openapi") return OpenApi(path);
  if (path[0] == "version" && path.size() == 1) {
    // Typed clients insist on all of these.
    return Json{{"major", "1"},    {"minor", "34"},      {"gitVersion", "v1.34.0+virtrigaud"},
                {"gitCommit", ""}, {"gitTreeState", ""}, {"buildDate", "1970-01-01T00:00:00Z"},
                {"goVersion", ""}, {"compiler", "gcc"},  {"platform", "linux/amd64"}};
  }
  if (path[0] == "api" && path.size() == 1) {
    if (WantsAggregated(accept)) return Aggregated(true);
    return Json{{"kind", "APIVersions"},
                {"versions", {"v1"}},
                {"serverAddressByClientCIDRs", Json::array()}};
  }
  if (path[0] == "apis" && path.size() == 1)
    return WantsAggregated(accept) ? Aggregated(false) : Groups();
  if (path[0] == "api" && path.size() == 2 && Serves("", path[1])) return ResourceList("", path[1]);
  if (path[0] == "apis" && path.size() == 3 && Serves(path[1], path[2]))
    return ResourceList(path[1], path[2]);
  if (path[0] == "apis" && path.size() == 2) {
    for (const auto& [group, version] : GroupVersions()) {
      if (!group.empty() && group == path[1]) {
        Json document = Group(group, version);
        document["kind"] = "APIGroup";
        document["apiVersion"] = "v1";
        return document;
      }
    }
  }
  return std::nullopt;
}

std::optional<net::HttpResponse> AnswerDiscovery(const std::vector<std::string>& path,
                                                 const net::HttpRequest& request) {
  if (path == std::vector<std::string>{"openapi", "v2"}) return AnswerOpenApiV2(request);
  const std::string accept = net::HeaderOr(request.headers, "Accept");
  auto document = DiscoveryDocument(path, accept);
  if (!document && path.size() > 2 && path[0] == "openapi" && path[1] == "v3")
    return net::HttpResponse{.status = 404, .headers = {}, .body = ""};
  if (!document) return std::nullopt;
  if (document->contains("serverAddressByClientCIDRs")) {
    const std::string address = net::HeaderOr(request.headers, "Host");
    (*document)["serverAddressByClientCIDRs"] = {
        {{"clientCIDR", "0.0.0.0/0"}, {"serverAddress", address}}};
  }
  return net::HttpResponse{.status = 200,
                           .headers = {{"Content-Type", ContentType(path, accept)}},
                           .body = document->dump()};
}

}  // namespace vr::controlplane
