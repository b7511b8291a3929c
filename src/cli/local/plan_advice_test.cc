#include "cli/local/plan_advice.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "controlplane/api_server.h"
#include "testing/fake_clock.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Answer final : public net::ResponseWriter {
 public:
  Status Send(net::HttpResponse response) override {
    sent = std::move(response);
    return {};
  }
  Status Start(int, net::Headers) override { return {}; }
  Status Write(std::string_view) override { return {}; }
  net::HttpResponse sent;
};

class PlanAdviceTest : public ::testing::Test {
 protected:
  // The warnings of the answer.
  std::vector<std::string> Call(const std::string& method, const std::string& path,
                                const Json& body) {
    Answer out;
    server_->Handle(Context(), {},
                    {.method = method,
                     .url = "/apis/infra.virtrigaud.io/v1beta1/namespaces/default/" + path,
                     .headers = {{"Content-Type", method == "PATCH" ? "application/merge-patch+json"
                                                                    : "application/json"}},
                     .body = body.dump()},
                    out);
    EXPECT_LT(out.sent.status, 300) << out.sent.body;
    std::vector<std::string> warnings;
    const auto [first, last] = out.sent.headers.equal_range("Warning");
    for (auto it = first; it != last; ++it) warnings.push_back(it->second);
    return warnings;
  }
  void Create(const std::string& kind, const std::string& plural, const std::string& name,
              const Json& spec) {
    Call("POST", plural,
         {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
          {"kind", kind},
          {"metadata", {{"name", name}}},
          {"spec", spec}});
  }
  void SetUp() override {
    Create("Provider", "providers", "lab", {{"type", "mock"}});
    Create("VMClass", "vmclasses", "small", {{"cpu", 1}, {"memory", "1Gi"}});
    Create("VMClass", "vmclasses", "large", {{"cpu", 4}, {"memory", "1Gi"}});
    Create("VirtualMachine", "virtualmachines", "web",
           {{"providerRef", {{"name", "lab"}}},
            {"classRef", {{"name", "small"}}},
            {"imageRef", {{"name", "tiny"}}}});
    Call("PATCH", "virtualmachines/web/status",
         {{"status",
           {{"id", "7"},
            {"powerState", "On"},
            {"currentResources", {{"cpu", 1}, {"memoryMiB", 1024}}}}}});
  }

  vr::testing::FakeClock clock_;
  std::unique_ptr<controlplane::ApiServer> server_ =
      controlplane::ApiServer::Open({.trust_everybody = true, .advise = MakePlanAdvice()}, clock_)
          .value();
};

TEST_F(PlanAdviceTest, TellsWhatAChangeOfAVmWillMeanAlsoOfADryRun) {
  const Json patch = {{"spec", {{"classRef", {{"name", "large"}}}}}};
  for (const char* path : {"virtualmachines/web?dryRun=All", "virtualmachines/web"})
    EXPECT_THAT(Call("PATCH", path, patch),
                ElementsAre(HasSubstr("cpu is 1, wanted 4: needs a power cycle")))
        << path;
  EXPECT_THAT(Call("PATCH", "virtualmachines/web", {{"metadata", {{"labels", {{"a", "b"}}}}}}),
              IsEmpty());
}

TEST_F(PlanAdviceTest, TellsWhatAChangeOfAClassWillMeanForItsVms) {
  EXPECT_THAT(Call("PATCH", "vmclasses/small", {{"spec", {{"cpu", 2}}}}),
              ElementsAre(HasSubstr("VirtualMachine default/web: cpu is 1, wanted 2")));
  EXPECT_THAT(Call("PATCH", "vmclasses/large", {{"spec", {{"cpu", 8}}}}), IsEmpty());
}

}  // namespace
}  // namespace vr::cli
