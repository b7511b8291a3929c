#include "controlplane/health.h"

#include <gtest/gtest.h>

namespace vr::controlplane {
namespace {

Status Fine() { return {}; }
Status Full() { return Error{ErrorKind::kInternal, "disk is full", {}}; }

TEST(Health, AnswersTheThreeChecksAndTheirPart) {
  for (const char* url : {"/healthz", "/livez?timeout=1s", "/readyz", "/readyz/ping"}) {
    ASSERT_TRUE(AnswerHealth(url, Fine)) << url;
    EXPECT_EQ(AnswerHealth(url, Fine)->body, "ok");
  }
  EXPECT_EQ(AnswerHealth("/readyz?verbose", Fine)->body,
            "[+]ping ok\n[+]storage ok\nreadyz check passed\n");
}

TEST(Health, SaysWhyNothingCanBeStored) {
  for (const char* url : {"/healthz", "/readyz?verbose"}) {
    EXPECT_EQ(AnswerHealth(url, Full)->status, 500);
    EXPECT_NE(AnswerHealth(url, Full)->body.find("[-]storage failed: disk is full\n"),
              std::string::npos);
  }
  EXPECT_EQ(AnswerHealth("/livez", Full)->status, 200);
}

TEST(Health, LeavesOtherPathsToOthers) {
  for (const char* url : {"/healthz/", "/healthz/none", "/healthzz", "/api", "/"})
    EXPECT_FALSE(AnswerHealth(url, Fine)) << url;
}

}  // namespace
}  // namespace vr::controlplane
