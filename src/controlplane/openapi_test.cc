#include "controlplane/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "controlplane/api_server_fixture.h"
#include "controlplane/openapi_protobuf.h"
#include "controlplane/openapi_schemas.h"
#include "openapi/v2/openapi.pb.h"

namespace vr::controlplane {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using virtrigaud::openapi::v2::Document;

constexpr const char* kMachine = "io.virtrigaud.infra.v1beta1.VirtualMachine";

std::set<std::string> Keys(const Json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

std::set<std::string> QueryNames(const Json& operation) {
  std::set<std::string> names;
  for (const Json& parameter : operation["parameters"])
    names.insert(parameter.value("name", parameter.value("$ref", "")));
  return names;
}

// The patches of a kind, on all its paths.
std::vector<Json> PatchesOf(const Json& document, const Resource& resource) {
  const Json kind = {{"group", resource.type.group},
                     {"version", resource.type.version},
                     {"kind", resource.type.kind}};
  std::vector<Json> found;
  for (const Json& path : document["paths"]) {
    if (path.contains("patch") && path["patch"]["x-kubernetes-group-version-kind"] == kind)
      found.push_back(path["patch"]);
  }
  return found;
}

// All that is referred to anywhere below.
void CollectReferences(const Json& value, std::set<std::string>& out) {
  if (value.is_object() && value.contains("$ref") && value["$ref"].is_string())
    out.insert(value["$ref"].get<std::string>());
  if (!value.is_structured()) return;
  for (const Json& item : value) CollectReferences(item, out);
}

Document Decoded(const std::string& bytes) {
  Document document;
  EXPECT_TRUE(document.ParseFromString(bytes));
  return document;
}

class OpenApiTest : public ::testing::Test {
 protected:
  const Json v2_ = OpenApiV2();
};

TEST_F(OpenApiTest, EveryServedKindAndItsListHaveADefinition) {
  for (const Resource& resource : AllResources()) {
    const std::string name = SchemaName(resource);
    ASSERT_TRUE(v2_["definitions"].contains(name)) << name;
    ASSERT_TRUE(v2_["definitions"].contains(name + "List")) << name;
    const Json& schema = v2_["definitions"][name];
    EXPECT_THAT(Keys(schema["properties"]), IsSupersetOf({"apiVersion", "kind", "metadata"}));
    EXPECT_EQ(schema["x-kubernetes-group-version-kind"][0]["kind"], resource.type.kind);
    EXPECT_EQ(schema["x-kubernetes-group-version-kind"][0]["group"], resource.type.group);
  }
}

TEST_F(OpenApiTest, EveryPatchTakesADryRunAndForce) {
  for (const Resource& resource : AllResources()) {
    const auto patches = PatchesOf(v2_, resource);
    EXPECT_EQ(patches.empty(), resource.read_only) << resource.type.kind;
    for (const Json& patch : patches) {
      EXPECT_THAT(QueryNames(patch),
                  IsSupersetOf({"dryRun", "fieldValidation", "#/parameters/fieldManager",
                                "#/parameters/force"}));
      EXPECT_EQ(patch["x-kubernetes-action"], "patch");
    }
  }
}

TEST_F(OpenApiTest, RefersOnlyToWhatIsThere) {
  std::set<std::string> references;
  CollectReferences(v2_, references);
  EXPECT_THAT(references, Contains("#/definitions/" + std::string(kMachine)));
  for (const std::string& reference : references)
    EXPECT_TRUE(v2_.contains(Json::json_pointer(reference.substr(1)))) << reference;
  for (const Resource& resource : AllResources()) {
    const Json v3 = OpenApiV3(resource.type.group, resource.type.version);
    references.clear();
    CollectReferences(v3, references);
    EXPECT_FALSE(references.empty());
    for (const std::string& reference : references)
      EXPECT_TRUE(v3.contains(Json::json_pointer(reference.substr(1)))) << reference;
  }
}

TEST_F(OpenApiTest, NoTwoOperationsShareAnId) {
  std::set<std::string> ids;
  for (const auto& [path, item] : v2_["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method == "parameters") continue;
      const std::string id = operation["operationId"];
      EXPECT_TRUE(ids.insert(id).second) << id << " again at " << path;
    }
  }
  EXPECT_THAT(ids, IsSupersetOf({"patchInfraVirtrigaudIoV1beta1NamespacedVMClass",
                                 "listCoreV1SecretForAllNamespaces", "readCoreV1Namespace",
                                 "replaceInfraVirtrigaudIoV1beta1NamespacedVMSetScale"}));
}

TEST_F(OpenApiTest, KeepsWhatV2CanSayOfAStructuralSchema) {
  const Json& spec =
      v2_["definitions"]["io.virtrigaud.infra.v1beta1.VMClass"]["properties"]["spec"];
  const Json& memory = spec["properties"]["memory"];
  EXPECT_EQ(memory["x-kubernetes-int-or-string"], true);
  EXPECT_FALSE(memory.contains("anyOf"));
  EXPECT_FALSE(memory.contains("type"));
  EXPECT_EQ(spec["properties"]["cpu"]["type"], "integer");
  EXPECT_FALSE(spec["properties"]["firmware"].contains("default"));
  const std::string all = v2_["definitions"].dump();
  for (const char* keyword : {"\"anyOf\"", "\"allOf\"", "\"oneOf\"", "\"default\":"})
    EXPECT_THAT(all, Not(HasSubstr(keyword)));
}

TEST_F(OpenApiTest, DescribesTheMembersOfKubernetesKinds) {
  const Json& definitions = v2_["definitions"];
  const Json& map = definitions["io.k8s.api.core.v1.ConfigMap"]["properties"];
  EXPECT_EQ(map["data"]["additionalProperties"]["type"], "string");
  const Json& owners = definitions["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]["properties"]
                                  ["ownerReferences"];
  EXPECT_EQ(owners["x-kubernetes-patch-merge-key"], "uid");
  EXPECT_EQ(definitions["io.k8s.api.rbac.v1.RoleBinding"]["required"], Json::array({"roleRef"}));
  EXPECT_TRUE(definitions.contains("io.k8s.api.rbac.v1.PolicyRule"));
}

TEST_F(OpenApiTest, ProtobufSaysTheSameAsJson) {
  const auto& texts = EncodedOpenApiV2();
  ASSERT_TRUE(texts.ok()) << texts.error().message;
  EXPECT_EQ(Json::parse(texts->json), v2_);
  const Document document = Decoded(texts->protobuf);
  EXPECT_EQ(document.swagger(), "2.0");
  std::set<std::string> names;
  for (const auto& pair : document.definitions().additional_properties()) {
    names.insert(pair.name());
    std::set<std::string> members;
    for (const auto& member : pair.value().properties().additional_properties())
      members.insert(member.name());
    EXPECT_EQ(members, Keys(v2_["definitions"][pair.name()].value("properties", Json::object())));
  }
  EXPECT_EQ(names, Keys(v2_["definitions"]));
  names.clear();
  for (const auto& pair : document.paths().path()) names.insert(pair.name());
  EXPECT_EQ(names, Keys(v2_["paths"]));
  names.clear();
  for (const auto& pair : document.parameters().additional_properties()) names.insert(pair.name());
  EXPECT_EQ(names, Keys(v2_["parameters"]));
}

TEST_F(OpenApiTest, ProtobufKeepsEachFormOfAValue) {
  const Json schema = {{"type", "object"},
                       {"enum", {"On", 1}},
                       {"maximum", 3},
                       {"maxLength", 4},
                       {"required", {"a"}},
                       {"items", {{"$ref", "#/definitions/b"}}},
                       {"additionalProperties", false},
                       {"properties", {{"x-odd", {{"type", "string"}}}}},
                       {"x-kubernetes-action", "patch"}};
  const Json parameters = {{"q", {{"name", "q"}, {"in", "query"}, {"type", "string"}}},
                           {"p", {{"name", "p"}, {"in", "path"}, {"required", true}}},
                           {"b", {{"name", "b"}, {"in", "body"}, {"schema", schema}}}};
  const auto bytes =
      EncodeOpenApiV2({{"definitions", {{"a", schema}}}, {"parameters", parameters}});
  ASSERT_TRUE(bytes.ok()) << bytes.error().message;
  const Document document = Decoded(*bytes);
  const auto& said = document.definitions().additional_properties(0).value();
  EXPECT_EQ(said.type().value(0), "object");
  EXPECT_EQ(said.enum_(0).yaml(), "\"On\"");
  EXPECT_EQ(said.enum_(1).yaml(), "1");
  EXPECT_EQ(said.maximum(), 3);
  EXPECT_EQ(said.max_length(), 4);
  EXPECT_EQ(said.required(0), "a");
  EXPECT_EQ(said.items().schema(0).ref(), "#/definitions/b");
  EXPECT_TRUE(said.additional_properties().has_boolean());
  EXPECT_EQ(said.properties().additional_properties(0).name(), "x-odd");
  EXPECT_EQ(said.vendor_extension(0).name(), "x-kubernetes-action");
  EXPECT_EQ(said.vendor_extension(0).value().yaml(), "\"patch\"");
  const auto& named = document.parameters().additional_properties();
  EXPECT_EQ(named[0].value().body_parameter().schema().maximum(), 3);
  EXPECT_TRUE(named[1].value().non_body_parameter().path_parameter().required());
  EXPECT_EQ(named[2].value().non_body_parameter().query_parameter().type(), "string");
}

TEST_F(OpenApiTest, ProtobufRefusesWhatItCannotSay) {
  const auto bytes = EncodeOpenApiV2({{"definitions", {{"a", {{"oneOf", Json::array()}}}}}});
  ASSERT_FALSE(bytes.ok());
  EXPECT_THAT(bytes.error().message, HasSubstr("Schema has no oneOf"));
  EXPECT_FALSE(EncodeOpenApiV2({{"colour", "red"}}).ok());
}

class OpenApiAnswerTest : public ApiServerTest {
 protected:
  net::HttpResponse Ask(net::Headers headers) {
    return Send({.method = "GET", .url = "/openapi/v2", .headers = std::move(headers), .body = ""});
  }
};

TEST_F(OpenApiAnswerTest, ComesInTheFormThatIsAskedFor) {
  const std::string protobuf = "application/com.github.proto-openapi.spec.v2";
  for (const std::string& type : {protobuf + "@v1.0+protobuf", protobuf + ".v1.0+protobuf"}) {
    const auto answer = Ask({{"Accept", "application/json;q=0.5," + type}});
    EXPECT_EQ(net::HeaderOr(answer.headers, "Content-Type"), protobuf + ".v1.0+protobuf");
    EXPECT_EQ(answer.body, EncodedOpenApiV2()->protobuf);
  }
  for (const net::Headers& headers : {net::Headers{}, net::Headers{{"Accept", "*/*"}}}) {
    const auto answer = Ask(headers);
    EXPECT_EQ(net::HeaderOr(answer.headers, "Content-Type"), "application/json");
    EXPECT_EQ(answer.body, EncodedOpenApiV2()->json);
  }
  EXPECT_EQ(Ask({{"Accept", "application/yaml"}}).status, 406);
}

TEST_F(OpenApiAnswerTest, IsNotSentAgainToWhoHasIt) {
  const std::string etag = net::HeaderOr(Ask({}).headers, "Etag");
  ASSERT_NE(etag, "");
  const auto answer = Ask({{"If-None-Match", etag}});
  EXPECT_EQ(answer.status, 304);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(Ask({{"If-None-Match", "\"other\""}}).status, 200);
}

}  // namespace
}  // namespace vr::controlplane
