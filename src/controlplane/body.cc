#include "controlplane/body.h"

#include <nlohmann/json.hpp>

#include "controlplane/decoding.h"
#include "controlplane/media.h"
#include "controlplane/protobuf.h"
#include "kube/yaml.h"

namespace vr::controlplane {
namespace {

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

// What error messages show of a body: the start of an object, anything else in hexadecimal.
std::string Summary(const std::string& text) {
  constexpr size_t kShown = 30;
  if (text.empty()) return "<empty>";
  const std::string start = text.substr(0, kShown);
  const char* more = text.size() > kShown ? " ..." : "";
  if (text.front() == '{') return start + more;
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string hex;
  for (const char c : start) {
    hex += kHex[static_cast<unsigned char>(c) >> 4U];
    hex += kHex[static_cast<unsigned char>(c) & 15U];
  }
  return hex + more;
}

// What else is wrong with an object of another kind.
std::vector<api::FieldError> SchemaErrors(const Resource& resource, Json object) {
  (void)api::PruneUnknown(*resource.kind, object);
  api::ApplyDefaults(*resource.kind, object);
  return api::Validate(*resource.kind, nullptr, object).errors;
}

Outcome<Json> FromProtobuf(const std::string& body) {
  auto decoded = DecodeProtobuf(body);
  if (!decoded) return BadRequest(decoded.error().message);
  return std::move(*decoded);
}

constexpr const char* kTypeMeta =
    R"(struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string )"
    R"("json:\"kind,omitempty\"" })";

bool IsYaml(const net::HttpRequest& request) {
  return ContentTypeOf(request).starts_with("application/yaml");
}

// yaml-cpp's words for what goes wrong most often, as the API server's parser puts it.
std::string YamlProblem(const std::string& message) {
  static const std::vector<std::pair<std::string, std::string>> words = {
      {"end of sequence flow not found", "did not find expected ',' or ']'"},
      {"end of map flow not found", "did not find expected ',' or '}'"},
      {"end of map not found", "did not find expected key"},
      {"illegal map value", "mapping values are not allowed in this context"}};
  std::string text = "yaml: " + message;
  for (const auto& [ours, theirs] : words) {
    if (const size_t at = text.find(ours); at != std::string::npos)
      text.replace(at, ours.size(), theirs);
  }
  return text;
}

// "json: cannot unmarshal array into Go value of type ..."
std::string CannotUnmarshal(const Json& value, const std::string& type) {
  return std::string("json: cannot unmarshal ") +
         (value.is_boolean() ? "bool" : value.type_name()) + " into Go value of type " + type;
}

// Members that are null count as missing.
void DropNulls(Json& object) {
  if (!object.is_object()) return;
  for (auto it = object.begin(); it != object.end();)
    it = it->is_null() ? object.erase(it) : std::next(it);
}

// The text as JSON, discarded where it is none.
Outcome<Json> ParseBounded(const std::string& text) {
  constexpr int kMaxDepth = 200;  // nlohmann-json destroys nested values recursively
  if (Depth(text) > kMaxDepth) return BadRequest("the body is nested too deeply");
  return Json::parse(text, nullptr, false);
}

}  // namespace

bool IsProtobuf(const std::string& content_type) {
  return content_type.find("protobuf") != std::string::npos;
}

Outcome<Json> ParseObject(const Resource& resource, const net::HttpRequest& request) {
  const std::string& text = request.body;
  const std::string type = ContentTypeOf(request, "application/json");
  if (IsProtobuf(type) && !resource.IsCustom()) return FromProtobuf(text);
  if (!IsYaml(request) && !type.starts_with("application/json")) {
    return Simple(415, "UnsupportedMediaType",
                  std::string("the body of the request was in an unknown format - accepted media "
                              "types include: ") +
                      kMediaTypes);
  }
  const auto unrecognized = [&](const std::string& why) {
    return BadRequest("the object provided is unrecognized (must be of type " + resource.type.kind +
                      "): " + why + " (" + Summary(text) + ")");
  };
  Outcome<Json> body = IsYaml(request) ? Json() : ParseBounded(text);
  if (IsYaml(request)) {
    auto yaml = kube::ParseServerYaml(text);
    if (!yaml) return unrecognized(YamlProblem(yaml.error().message));
    if (!yaml->documents.empty()) body = std::move(yaml->documents.front());
  }
  if (!body) return body;
  if (body->is_discarded())
    return unrecognized("couldn't get version/kind; json parse error: " + ParseProblem(text));
  if (!body->is_object() && !body->is_null())
    return unrecognized("couldn't get version/kind; json parse error: " +
                        CannotUnmarshal(*body, kTypeMeta));
  if (body->is_null() || (resource.IsCustom() && Member(*body, "kind").empty()))
    return unrecognized("Object 'Kind' is missing in '" + text + "'");
  return body;
}

std::vector<std::string> DuplicatesIn(const net::HttpRequest& request) {
  if (IsYaml(request) || ContentTypeOf(request).starts_with("application/apply-patch+yaml")) {
    auto yaml = kube::ParseServerYaml(request.body);
    return yaml ? std::move(yaml->duplicates) : std::vector<std::string>();
  }
  std::vector<std::string> found;
  for (const std::string& path : DuplicateFields(request.body))
    found.push_back("duplicate field \"" + path + "\"");
  return found;
}

Outcome<Json> ParsePatch(const net::HttpRequest& request, PatchKind kind) {
  constexpr const char* kMapType = "map[string]interface {}";
  Outcome<Json> body = ParseBounded(request.body);
  if (!body) return body;
  if (kind == PatchKind::kApply) {
    if (body->is_discarded()) {
      auto yaml = kube::ParseServerYaml(request.body);
      if (!yaml) {
        return BadRequest("error decoding YAML: error converting YAML to JSON: " +
                          YamlProblem(yaml.error().message));
      }
      body = yaml->documents.empty() ? Json::object() : std::move(yaml->documents.front());
    }
    if (body->is_object()) return body;
    return BadRequest("error decoding YAML: error unmarshaling JSON: while decoding JSON: " +
                      CannotUnmarshal(*body, kMapType));
  }
  if (body->is_discarded())
    return BadRequest("error decoding patch: " + ParseProblem(request.body));
  if (kind == PatchKind::kJson && !body->is_array())
    return BadRequest("error decoding patch: " + CannotUnmarshal(*body, "[]handlers.jsonPatchOp"));
  if (kind != PatchKind::kJson && !body->is_object())
    return BadRequest("error decoding patch: " + CannotUnmarshal(*body, kMapType));
  return body;
}

Outcome<Json> ParseReview(const net::HttpRequest& request) {
  if (IsProtobuf(ContentTypeOf(request))) return FromProtobuf(request.body);
  Outcome<Json> body = ParseBounded(request.body);
  if (!body || body->is_object()) return body;
  return BadRequest("the body is not a JSON object");
}

Outcome<Json> ParseDeleteOptions(const net::HttpRequest& request) {
  if (request.body.empty()) return Json();
  if (IsProtobuf(ContentTypeOf(request))) return FromProtobuf(request.body);
  Outcome<Json> body = IsYaml(request) ? Json() : ParseBounded(request.body);
  if (IsYaml(request)) {
    auto yaml = kube::ParseServerYaml(request.body);
    if (!yaml) return Simple(500, "", YamlProblem(yaml.error().message));
    if (yaml->documents.empty()) return Json();
    body = std::move(yaml->documents.front());
  }
  if (!body) return body;
  if (body->is_discarded())
    return Simple(500, "",
                  "couldn't get version/kind; json parse error: " + ParseProblem(request.body));
  if (body->is_null()) return body;
  if (!body->is_object()) {
    return Simple(
        500, "",
        "couldn't get version/kind; json parse error: " + CannotUnmarshal(*body, kTypeMeta));
  }
  DropNulls(*body);
  if (body->contains("preconditions")) DropNulls((*body)["preconditions"]);
  const std::string kind = Member(*body, "kind");
  if (!kind.empty() && kind != "DeleteOptions")
    return Simple(500, "",
                  "no kind \"" + kind + "\" is registered for version \"" +
                      Member(*body, "apiVersion") + "\" in scheme \"pkg/runtime/scheme.go:110\"");
  return body;
}

Outcome<PatchKind> PatchKindOf(const Resource& resource, const std::string& content_type) {
  if (content_type.starts_with("application/json-patch+json")) return PatchKind::kJson;
  if (content_type.starts_with("application/apply-patch+yaml")) return PatchKind::kApply;
  if (content_type.starts_with("application/merge-patch+json")) return PatchKind::kMerge;
  if (content_type.starts_with("application/strategic-merge-patch+json") && !resource.IsCustom())
    return PatchKind::kStrategic;
  return Simple(415, "UnsupportedMediaType",
                std::string("the body of the request was in an unknown format - accepted media "
                            "types include: application/json-patch+json, "
                            "application/merge-patch+json, ") +
                    (resource.IsCustom() ? "" : "application/strategic-merge-patch+json, ") +
                    "application/apply-patch+yaml");
}

std::string FieldManager(const Query& query, const std::string& user_agent) {
  const std::string given = Get(query, "fieldManager");
  if (!given.empty()) return given;
  const std::string word = user_agent.substr(0, user_agent.find_first_of("/ "));
  return word.empty() ? "unknown" : word;
}

std::optional<Failure> CheckIdentity(const Resource& resource, const kube::Key& key, Json& body) {
  if (auto failure = CheckMetaTypes(resource, body)) return failure;
  if (!body.contains("metadata") || body["metadata"].is_null()) body["metadata"] = Json::object();
  DropNulls(body["metadata"]);
  const std::string version = Member(body, "apiVersion");
  const std::string kind = Member(body, "kind");
  if (!version.empty() && version != resource.type.ApiVersion()) {
    return BadRequest("the API version in the data (" + version +
                      ") does not match the expected API version (" + resource.type.ApiVersion() +
                      ")");
  }
  if (!kind.empty() && kind != resource.type.kind && resource.IsCustom())
    return WrongKind(resource, kind, Member(body["metadata"], "name"),
                     SchemaErrors(resource, body));
  if (!kind.empty() && kind != resource.type.kind) {
    return BadRequest("the kind in the data (" + kind + ") does not match the expected kind (" +
                      resource.type.kind + ")");
  }
  body["apiVersion"] = resource.type.ApiVersion();
  body["kind"] = resource.type.kind;
  Json& meta = body["metadata"];
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

}  // namespace vr::controlplane
