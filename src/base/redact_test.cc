#include "base/redact.h"

#include <gtest/gtest.h>

namespace vr {
namespace {

TEST(Redact, MasksValuesOfSecretNames) {
  EXPECT_EQ(Redact("login password=hunter2, user=bob"), "login password=[REDACTED], user=bob");
  EXPECT_EQ(Redact(R"({"token": "abc\"d", "name": "web"})"),
            R"({"token": "[REDACTED]", "name": "web"})");
  EXPECT_EQ(Redact("Authorization: Bearer abc.def"), "Authorization: [REDACTED]");
}

TEST(Redact, MasksPasswordsInUrls) {
  EXPECT_EQ(Redact("dial https://root:s3cret@host:8006/api2"),
            "dial https://root:[REDACTED]@host:8006/api2");
}

TEST(Redact, MasksPrivateKeysButNotCertificates) {
  const std::string key = "-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----";
  const std::string certificate = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----";
  EXPECT_EQ(Redact("x " + key + " y"), "x [REDACTED] y");
  EXPECT_EQ(Redact(certificate), certificate);
}

TEST(Redact, LeavesReferencesAndPlainTextAlone) {
  for (const char* text :
       {"credentialSecretRef: lab", "secretName=lab-credentials", "phase: Running", "a=b&c=d"}) {
    EXPECT_EQ(Redact(text), text);
  }
}

TEST(Redact, IsIdempotent) {
  const std::string once = Redact("password: hunter2 token=abc https://u:p@h/");
  EXPECT_EQ(Redact(once), once);
  EXPECT_EQ(once.find("hunter2"), std::string::npos);
}

TEST(Redact, SurvivesUnfinishedInput) {
  for (const char* text : {"password=", "password=\"", "://", "://a:b@",
                           "-----BEGIN PRIVATE KEY-----", "=", ":", "token=\\"}) {
    EXPECT_EQ(Redact(Redact(text)), Redact(text)) << text;
  }
}

}  // namespace
}  // namespace vr
