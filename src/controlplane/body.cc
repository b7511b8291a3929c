#include "controlplane/body.h"

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

std::string Base64(const std::string& text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j)
      bits = (bits << 8U) | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
    for (size_t j = 0; j < 4; ++j)
      out += i + j <= text.size() ? kAlphabet[(bits >> (18 - 6 * j)) & 63U] : '=';
  }
  return out;
}

int Depth(const std::string& text) {
  int depth = 0;
  int deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
      continue;
    }
    quoted = c == '"';
    depth += (c == '{' || c == '[' ? 1 : 0) - (c == '}' || c == ']' ? 1 : 0);
    deepest = std::max(deepest, depth);
  }
  return deepest;
}

std::string Member(const Json& object, const char* name) {
  return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : "";
}

}  // namespace

Outcome<Json> ParseBody(const net::HttpRequest& request) {
  if (request.body.empty()) return Json();
  if (net::HeaderOr(request.headers, "Content-Type").find("protobuf") != std::string::npos) {
    return Simple(415, "UnsupportedMediaType",
                  "the body of the request was in an unknown format - accepted media types "
                  "include: application/json");
  }
  constexpr int kMaxDepth = 200;  // nlohmann-json destroys nested values recursively
  if (Depth(request.body) > kMaxDepth) return BadRequest("the body is nested too deeply");
  Json body = Json::parse(request.body, nullptr, false);
  if (body.is_discarded())
    return BadRequest("the object provided is unrecognized (must be of type JSON)");
  return body;
}

std::optional<PatchKind> PatchKindOf(const std::string& content_type) {
  if (content_type.starts_with("application/json-patch+json")) return PatchKind::kJson;
  if (content_type.starts_with("application/apply-patch+yaml")) return PatchKind::kApply;
  // Strategic patches of the few core kinds that we serve (labels, annotations, data) merge as RFC
  // 7386 says.
  if (content_type.starts_with("application/merge-patch+json") ||
      content_type.starts_with("application/strategic-merge-patch+json"))
    return PatchKind::kMerge;
  return std::nullopt;
}

std::string FieldManager(const Query& query, const std::string& user_agent) {
  const std::string given = Get(query, "fieldManager");
  if (!given.empty()) return given;
  const std::string word = user_agent.substr(0, user_agent.find_first_of("/ "));
  return word.empty() ? "unknown" : word;
}

std::optional<Failure> CheckIdentity(const Resource& resource, const kube::Key& key, Json& body) {
  if (!body.is_object()) return BadRequest("the request needs an object in its body");
  if (!body.contains("metadata")) body["metadata"] = Json::object();
  if (!body["metadata"].is_object()) return BadRequest("metadata must be an object");
  const std::string version = Member(body, "apiVersion");
  const std::string kind = Member(body, "kind");
  if (!version.empty() && version != resource.type.ApiVersion()) {
    return BadRequest("the API version in the data (" + version +
                      ") does not match the expected API version (" + resource.type.ApiVersion() +
                      ")");
  }
  if (!kind.empty() && kind != resource.type.kind) {
    return BadRequest("the kind in the data (" + kind + ") does not match the expected kind (" +
                      resource.type.kind + ")");
  }
  body["apiVersion"] = resource.type.ApiVersion();
  body["kind"] = resource.type.kind;
  Json& meta = body["metadata"];
  for (const char* name : {"name", "namespace"}) {
    if (meta.contains(name) && !meta[name].is_string())
      return BadRequest(std::string("metadata.") + name + " must be a string");
  }
  const std::string name = Member(meta, "name");
  const std::string ns = Member(meta, "namespace");
  if (!key.name.empty() && !name.empty() && name != key.name)
    return BadRequest("the name of the object (" + name + ") does not match the name on the URL (" +
                      key.name + ")");
  if (!ns.empty() && resource.type.namespaced && ns != key.ns)
    return BadRequest(
        "the namespace of the provided object does not match the namespace sent on the request");
  if (!key.name.empty()) meta["name"] = key.name;
  if (resource.type.namespaced) meta["namespace"] = key.ns;
  return std::nullopt;
}

void PrepareCore(const Resource& resource, Json& body) {
  if (resource.type.kind != "Secret" || !resource.type.group.empty()) return;
  if (!body.contains("type")) body["type"] = "Opaque";
  if (!body.contains("stringData") || !body["stringData"].is_object()) return;
  for (const auto& [key, value] : body["stringData"].items()) {
    if (value.is_string()) body["data"][key] = Base64(value.get<std::string>());
  }
  body.erase("stringData");
}

std::string WarningHeader(const std::string& text) {
  std::string quoted = "299 - \"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + "\"";
}

}  // namespace vr::controlplane
