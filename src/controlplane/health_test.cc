#include "controlplane/health.h"

#include <gtest/gtest.h>

namespace vr::controlplane {
namespace {

TEST(Health, AnswersTheThreeChecksAndTheirPart) {
  for (const char* url : {"/healthz", "/livez?timeout=1s", "/readyz", "/readyz/ping"}) {
    ASSERT_TRUE(AnswerHealth(url)) << url;
    EXPECT_EQ(AnswerHealth(url)->body, "ok");
  }
  EXPECT_EQ(AnswerHealth("/readyz?verbose")->body, "[+]ping ok\nreadyz check passed\n");
}

TEST(Health, LeavesOtherPathsToOthers) {
  for (const char* url : {"/healthz/", "/healthz/none", "/healthzz", "/api", "/"})
    EXPECT_FALSE(AnswerHealth(url)) << url;
}

}  // namespace
}  // namespace vr::controlplane
