#include "controlplane/openapi.h"

#include <malloc.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "controlplane/openapi_paths.h"
#include "controlplane/openapi_protobuf.h"
#include "controlplane/openapi_schemas.h"
#include "controlplane/resource.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

Json Info() { return {{"title", "VirtRigaud"}, {"version", "v1beta1"}}; }

Json AllPaths(OpenApiVersion version, const std::vector<const Resource*>& resources) {
  Json paths = Json::object();
  for (const Resource* resource : resources) paths.update(Paths(version, *resource));
  return paths;
}

std::string Etag(const std::string& text) {
  std::ostringstream out;
  out << '"' << std::hex << std::hash<std::string>{}(text) << '"';
  return out.str();
}

Result<OpenApiV2Texts> Encode() {
  const Json document = OpenApiV2();
  VR_ASSIGN_OR_RETURN(std::string protobuf, EncodeOpenApiV2(document));
  std::string json = document.dump();
  std::string etag = Etag(json);
  return OpenApiV2Texts{std::move(json), std::move(protobuf), std::move(etag)};
}

}  // namespace

Json OpenApiV3(const std::string& group, const std::string& version) {
  std::vector<const Resource*> resources;
  for (const Resource& resource : AllResources()) {
    if (resource.type.group == group && resource.type.version == version)
      resources.push_back(&resource);
  }
  return {{"openapi", "3.0.0"},
          {"info", Info()},
          {"paths", AllPaths(OpenApiVersion::kV3, resources)},
          {"components", {{"schemas", Schemas(OpenApiVersion::kV3, resources)}}}};
}

Json OpenApiV2() {
  std::vector<const Resource*> resources;
  for (const Resource& resource : AllResources()) resources.push_back(&resource);
  return {{"swagger", "2.0"},
          {"info", Info()},
          {"paths", AllPaths(OpenApiVersion::kV2, resources)},
          {"definitions", Schemas(OpenApiVersion::kV2, resources)},
          {"parameters", SharedParameters()}};
}

const Result<OpenApiV2Texts>& EncodedOpenApiV2() {
  static const Result<OpenApiV2Texts> texts = [] {
    Result<OpenApiV2Texts> encoded = Encode();
    // What it was made from is many times its size, and would stay with this process.
    malloc_trim(0);
    return encoded;
  }();
  return texts;
}

}  // namespace vr::controlplane
