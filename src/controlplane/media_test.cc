#include "controlplane/media.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/api_server_fixture.h"

namespace vr::controlplane {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kYaml = R"(apiVersion: infra.virtrigaud.io/v1beta1
kind: VirtualMachine
metadata: {name: web}
spec:
  providerRef: {name: p}
  classRef: {name: c}
  imageRef: {name: i}
)";

TEST(Media, TakesTheBestFormThatIsServed) {
  EXPECT_EQ(WantedForm(""), Form::kObject);
  EXPECT_EQ(WantedForm("text/html,*/*;q=0.8"), Form::kObject);
  EXPECT_EQ(WantedForm("application/vnd.kubernetes.protobuf, application/json"), Form::kObject);
  EXPECT_EQ(WantedForm("application/json;as=Table;v=v1;g=meta.k8s.io,application/json"),
            Form::kTable);
  EXPECT_EQ(WantedForm("application/json;as=Thing;v=v1;g=meta.k8s.io,application/json"),
            Form::kObject);
  EXPECT_EQ(WantedForm("application/json;as=Table;v=v1beta1;g=meta.k8s.io"), Form::kTable);
  EXPECT_EQ(WantedForm("application/json;as=Table;v=v9;g=meta.k8s.io"), std::nullopt);
  EXPECT_EQ(WantedForm("text/html"), std::nullopt);
}

TEST(Media, TakesYamlWhereItIsPreferred) {
  EXPECT_TRUE(WantsYaml("application/yaml"));
  EXPECT_TRUE(WantsYaml("application/json;q=0.5,application/yaml"));
  EXPECT_FALSE(WantsYaml("application/json,application/yaml"));
  EXPECT_FALSE(WantsYaml("*/*"));
}

class MediaTest : public ApiServerTest {
 protected:
  net::HttpResponse Post(const std::string& url, const std::string& type, const std::string& body) {
    return Send({.method = "POST", .url = url, .headers = {{"Content-Type", type}}, .body = body});
  }
  net::HttpResponse Accept(const std::string& url, const std::string& accept, int lines = 1) {
    return Send({.method = "GET", .url = url, .headers = {{"Accept", accept}}, .body = ""}, lines);
  }
};

TEST_F(MediaTest, ReadsAndWritesYaml) {
  EXPECT_EQ(Post(kVms, "application/yaml", kYaml).status, 201);
  const auto answer = Accept(std::string(kVms) + "/web", "application/yaml");
  EXPECT_EQ(net::HeaderOr(answer.headers, "Content-Type"), "application/yaml");
  EXPECT_THAT(answer.body, StartsWith("apiVersion: infra.virtrigaud.io/v1beta1\n"));
  EXPECT_THAT(Accept(std::string(kVms) + "/none", "application/yaml").body,
              HasSubstr("reason: NotFound"));
}

TEST_F(MediaTest, RefusesBadYamlInTheRealWording) {
  EXPECT_EQ(Body(Post(kVms, "application/yaml", "a: [b"))["message"],
            "the object provided is unrecognized (must be of type VirtualMachine): yaml: line 1: "
            "did not find expected ',' or ']' (613a205b62)");
}

TEST_F(MediaTest, NamesKeysThatYamlHasTwice) {
  const std::string twice = std::string(kYaml) + "  classRef: {name: d}\n";
  const auto warned = Post(kVms, "application/yaml", twice);
  EXPECT_EQ(warned.status, 201);
  EXPECT_EQ(net::HeaderOr(warned.headers, "Warning"),
            "299 - \"line 8: key \\\"classRef\\\" already set in map\"");
  Call("DELETE", std::string(kVms) + "/web");
  const auto strict =
      Post(std::string(kVms) + "?fieldValidation=Strict", "application/yaml", twice);
  EXPECT_THAT(Body(strict)["message"].get<std::string>(),
              HasSubstr("strict decoding error: yaml: unmarshal errors:\n  line 8: key"));
}

TEST_F(MediaTest, RefusesTypesThatAreNotServed) {
  EXPECT_EQ(Post(kVms, "text/plain", "{}").status, 415);
  EXPECT_EQ(Accept(kVms, "text/html").status, 406);
  EXPECT_EQ(Accept(std::string(kVms) + "?watch=true", "application/yaml").status, 406);
}

TEST_F(MediaTest, GivesMetadataAlone) {
  Create("web");
  const std::string form = "application/json;v=v1;g=meta.k8s.io;as=PartialObjectMetadata";
  const Json one = Body(Accept(std::string(kVms) + "/web", form));
  EXPECT_EQ(one["kind"], "PartialObjectMetadata");
  EXPECT_FALSE(one.contains("spec"));
  EXPECT_EQ(Accept(kVms, form).status, 406) << "a list has a form of its own";
  const Json list = Body(Accept(kVms, form + "List"));
  EXPECT_EQ(list["kind"], "PartialObjectMetadataList");
  EXPECT_EQ(list["items"][0]["metadata"]["name"], "web");
}

TEST_F(MediaTest, NamesTablesAndMetadataAsOldClientsKnowThem) {
  Create("web");
  const std::string old = "application/json;v=v1beta1;g=meta.k8s.io;as=";
  const std::string one = std::string(kVms) + "/web";
  const Json table = Body(Accept(one, old + "Table"));
  EXPECT_EQ(table["kind"], "Table");
  EXPECT_EQ(table["apiVersion"], "meta.k8s.io/v1beta1");
  EXPECT_EQ(table["rows"][0]["object"]["apiVersion"], "meta.k8s.io/v1beta1");
  const Json whole = Body(Accept(one + "?includeObject=Object", old + "Table"));
  EXPECT_EQ(whole["rows"][0]["object"]["apiVersion"], "infra.virtrigaud.io/v1beta1");
  const Json list = Body(Accept(kVms, old + "PartialObjectMetadataList"));
  EXPECT_EQ(list["apiVersion"], "meta.k8s.io/v1beta1");
  EXPECT_EQ(list["items"][0]["apiVersion"], "meta.k8s.io/v1beta1");
  const Json event = Body(Accept(std::string(kVms) + "?watch=true", old + "Table"));
  EXPECT_EQ(event["type"], "ADDED");
  EXPECT_EQ(event["object"]["apiVersion"], "meta.k8s.io/v1beta1");
  const std::string both = "application/json;v=v1;g=meta.k8s.io;as=Table," + old + "Table";
  EXPECT_EQ(Body(Accept(one, both))["apiVersion"], "meta.k8s.io/v1");
}

TEST_F(MediaTest, TheOldWatchPathStillWatches) {
  Create("web");
  const auto events =
      Call("GET", "/apis/infra.virtrigaud.io/v1beta1/watch/namespaces/default/virtualmachines/web");
  EXPECT_EQ(Body(events)["type"], "ADDED");
  EXPECT_EQ(Body(events)["object"]["metadata"]["name"], "web");
}

TEST_F(MediaTest, EmptySegmentsInAPathNameNothing) {
  EXPECT_EQ(Call("GET", "/apis/infra.virtrigaud.io/v1beta1//virtualmachines").status, 404);
  EXPECT_EQ(Call("GET", "//api/v1").status, 404);
  EXPECT_EQ(Call("GET", std::string(kVms) + "/").status, 200);
}

}  // namespace
}  // namespace vr::controlplane
