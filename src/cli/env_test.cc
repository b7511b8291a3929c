#include "cli/env.h"

#include <gtest/gtest.h>

#include <sstream>

namespace vr::cli {
namespace {

TEST(InOurName, SpellsCommandsAsThePluginWasCalled) {
  std::istringstream in;
  std::ostringstream out;
  Env env{.in = in, .out = out, .err = out};
  const std::string text =
      "'vrtg up' starts it; see 'vrtg'\n  vrtg vm list > ~/.vrtg/config.yaml, $VRTG_CONFIG, "
      "vrtg-provider init";
  EXPECT_EQ(InOurName(env, text), text);
  env.name = "kubectl virtrigaud";
  EXPECT_EQ(InOurName(env, text),
            "'kubectl virtrigaud up' starts it; see 'kubectl virtrigaud'\n  kubectl virtrigaud vm "
            "list > ~/.vrtg/config.yaml, $VRTG_CONFIG, vrtg-provider init");
}

}  // namespace
}  // namespace vr::cli
