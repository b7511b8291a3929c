#include "controllers/webhook/client_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace vr::controllers {
namespace {

using ::testing::ElementsAre;
using Json = nlohmann::json;

Json Configuration() {
  return Json::parse(R"({"metadata": {"name": "virtrigaud-validating-webhook"},
    "webhooks": [{"name": "validate.infra.virtrigaud.io", "failurePolicy": "Ignore",
      "clientConfig": {"service": {"namespace": "virtrigaud", "name": "virtrigaud-webhook",
                                   "path": "/validate", "port": 8443}}}]})");
}

TEST(PointedAt, SendsAServiceItsWay) {
  const WebhookTarget target{.url = {}, .service = {"infra", "hooks"}};
  const Json out = PointedAt(Configuration(), "/validate", target, "PEM");
  Json expected = Configuration();
  expected["webhooks"][0]["clientConfig"] = {
      {"caBundle", EncodeBase64("PEM")},
      {"service",
       {{"namespace", "infra"}, {"name", "hooks"}, {"path", "/validate"}, {"port", 8443}}}};
  EXPECT_EQ(out, expected);
  EXPECT_EQ(PointedAt(out, "/validate", target, "PEM"), out) << "at rest nothing is written";
}

TEST(PointedAt, PrefersAUrl) {
  const WebhookTarget target{.url = "https://127.0.0.1:9443/", .service = {}};
  const Json out = PointedAt(Configuration(), "/mutate", target, "PEM");
  EXPECT_EQ(out["webhooks"][0]["clientConfig"],
            (Json{{"caBundle", EncodeBase64("PEM")}, {"url", "https://127.0.0.1:9443/mutate"}}));
  EXPECT_EQ(PointedAt(out, "/validate", {.url = {}, .service = {"a", "b"}},
                      "PEM")["webhooks"][0]["clientConfig"]["service"]["port"],
            443);
}

TEST(PointedAt, LeavesWhatHasNoWebhooks) {
  EXPECT_EQ(PointedAt(Json::object(), "/validate", {}, "PEM"), Json::object());
}

TEST(WebhookTarget, NamesWhatTheCertificateIsFor) {
  EXPECT_THAT((WebhookTarget{.url = "https://[::1]:9443", .service = {}}.Names().value()),
              ElementsAre("::1"));
  EXPECT_THAT((WebhookTarget{.url = {}, .service = {"infra", "hooks"}}.Names().value()),
              ElementsAre("hooks.infra.svc", "hooks.infra.svc.cluster.local", "hooks.infra"));
  EXPECT_FALSE((WebhookTarget{.url = "nonsense", .service = {}}.Names().ok()));
}

}  // namespace
}  // namespace vr::controllers
