// Requests of strangers to the embedded API server: each gets an answer, and none makes the server
// throw.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/api_server.h"

namespace {

// "METHOD URL", "Content-Type", "Accept", each on a line of its own, and then the body.
std::string Request(const std::string& line, const std::string& body = "",
                    const std::string& type = "application/json",
                    const std::string& accept = "application/json") {
  return line + "\n" + type + "\n" + accept + "\n" + body;
}

const std::string kVms = "/apis/infra.virtrigaud.io/v1beta1/namespaces/default/virtualmachines";
const std::string kVm =
    R"({"apiVersion":"infra.virtrigaud.io/v1beta1","kind":"VirtualMachine","metadata":{"name":"web",)"
    R"("labels":{"app":"web"},"finalizers":["a/b"]},"spec":{"providerRef":{"name":"p"},)"
    R"("classRef":{"name":"c"},"imageRef":{"name":"i"},"disks":[{"name":"d","sizeGiB":5}]}})";
// A ConfigMap in Kubernetes' protobuf: metadata.name "c", data {"a": "b"}.
constexpr char kProtobufBytes[] =
    "k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x0e\n\x03\n\x01"
    "c\x12\x06\n\x01"
    "a\x12\x01"
    "b\x1a\0\"\0";
const std::string kProtobuf(kProtobufBytes, sizeof kProtobufBytes - 1);

class Answer final : public vr::net::ResponseWriter {
 public:
  vr::Status Send(vr::net::HttpResponse response) override {
    status = response.status;
    body = std::move(response.body);
    return {};
  }
  vr::Status Start(int code, vr::net::Headers) override {
    status = code;
    return {};
  }
  vr::Status Write(std::string_view) override {
    return vr::Error{vr::ErrorKind::kCancelled, "enough", {}};
  }
  int status = 0;
  std::string body;
};

vr::controlplane::ApiServer& Server() {
  static const auto server =
      vr::controlplane::ApiServer::Open({.trust_everybody = true}, vr::SystemClock());
  if (!server.ok()) std::abort();
  return **server;
}

std::string TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  std::string line(text.substr(0, end));
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

extern const std::vector<std::string> kSeedInputs;
const std::vector<std::string> kSeedInputs = {
    Request("POST " + kVms, kVm),
    Request("POST " + kVms + "?fieldValidation=Strict&dryRun=All",
            "apiVersion: infra.virtrigaud.io/v1beta1\nkind: VirtualMachine\nmetadata: {name: y}\n"
            "spec: {powerState: On}\n",
            "application/yaml", "application/yaml"),
    Request("PUT " + kVms + "/web", kVm),
    Request("PATCH " + kVms + "/web", R"({"spec":{"powerState":"Off","disks":null}})",
            "application/merge-patch+json"),
    Request("PATCH " + kVms + "/web",
            R"([{"op":"add","path":"/spec/tags","value":["a"]},{"op":"test","path":"/kind"}])",
            "application/json-patch+json"),
    Request("PATCH " + kVms + "/web?fieldManager=me&force=true", kVm,
            "application/apply-patch+yaml"),
    Request("PATCH " + kVms + "/web/status", R"({"status":{"phase":"Running","conditions":[]}})",
            "application/merge-patch+json"),
    Request("GET " + kVms + "?limit=1&continue=x&labelSelector=app+in+(web),!b&fieldSelector=" +
            "metadata.name%3Dweb&resourceVersion=1&resourceVersionMatch=Exact"),
    Request("GET " + kVms + "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&" +
            "resourceVersionMatch=NotOlderThan&timeoutSeconds=1"),
    Request("GET " + kVms + "/web", "", "",
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;q=0.5,*/*"),
    Request("GET " + kVms, "", "",
            "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"),
    Request("DELETE " + kVms + "/web?propagationPolicy=Foreground",
            R"({"preconditions":{"uid":"u"},"dryRun":["All"]})"),
    Request("DELETE " + kVms + "?labelSelector=app%3Dweb"),
    Request("POST /api/v1/namespaces/default/configmaps", kProtobuf,
            "application/vnd.kubernetes.protobuf"),
    Request(
        "POST /api/v1/namespaces/default/secrets",
        R"({"metadata":{"generateName":"s-"},"stringData":{"a":"b"},"data":{"c":"aHVudGVyMg=="}})"),
    Request(
        "POST /apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
        R"({"metadata":{"name":"b"},"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User"}]})"),
    Request("POST /apis/authorization.k8s.io/v1/subjectaccessreviews",
            R"({"spec":{"user":"bob","resourceAttributes":{"verb":"get","resource":"pods"}}})"),
    Request("POST /api/v1/namespaces/default/resourcequotas",
            R"({"metadata":{"name":"q"},"spec":{"hard":{"count/secrets":"1000000"}}})"),
    Request("POST /api/v1/namespaces/default/serviceaccounts/x/token", R"({"spec":{}})"),
    Request("POST /virtrigaud/backup", R"({"file":"../x"})"),
    Request("GET /openapi/v3/apis/infra.virtrigaud.io/v1beta1"),
    Request("GET /apis", "", "",
            "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList")};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string line = TakeLine(text);
  const size_t blank = line.find(' ');
  vr::net::HttpRequest request{.method = line.substr(0, blank),
                               .url = blank == std::string::npos ? "/" : line.substr(blank + 1),
                               .headers = {{"User-Agent", "fuzz"}}};
  request.headers.emplace("Content-Type", TakeLine(text));
  request.headers.emplace("Accept", TakeLine(text));
  request.body = text;
  std::stop_source gone;
  gone.request_stop();  // a watch ends where it would wait
  Answer answer;
  Server().Handle(vr::Context(gone.get_token()), {}, request, answer);
  if (answer.status < 200 || answer.status > 599 ||
      answer.body.find("Internal error occurred") != std::string::npos) {
    std::fprintf(stderr, "%d %s\n", answer.status, answer.body.c_str());
    std::abort();
  }
  return 0;
}
