#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/api_server_fixture.h"
#include "controlplane/continue_token.h"

namespace vr::controlplane {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Names(const Json& list) {
  std::vector<std::string> names;
  for (const Json& item : list["items"]) names.push_back(item["metadata"]["name"]);
  return names;
}

TEST(ContinueToken, ReadsWhatItWrote) {
  const std::string one = ContinueToken({7, {"ns", "web"}}, "ns");
  EXPECT_EQ(ParseContinue(one, "ns")->version, 7U);
  EXPECT_EQ(ParseContinue(one, "ns")->after, (kube::Key{"ns", "web"}));
  const std::string all = ContinueToken({7, {"ns", "web"}}, "");
  EXPECT_EQ(ParseContinue(all, "")->after, (kube::Key{"ns", "web"}));
  const std::string cluster = ContinueToken({7, {"", "web"}}, "");
  EXPECT_EQ(ParseContinue(cluster, "")->after, (kube::Key{"", "web"}));
}

TEST(ContinueToken, RefusesWhatIsNoTokenInTheRealWording) {
  const auto why = [](const std::string& token) { return ParseContinue(token, "").failure(); };
  EXPECT_EQ(why("!!").code, 400);
  EXPECT_THAT(why("!!").message, HasSubstr("illegal base64 data at input byte 0"));
  EXPECT_THAT(why("abc").message, HasSubstr("invalid character 'i' looking for beginning"));
  EXPECT_THAT(why("zzz").message, HasSubstr("invalid character '\u00cf' looking for beginning"));
  EXPECT_THAT(why("e30").message, HasSubstr("does not recognize this encoded version "));
}

class PagingTest : public ApiServerTest {
 protected:
  Json List(const std::string& query) { return Body(Call("GET", std::string(kVms) + query)); }
};

TEST_F(PagingTest, LaterPagesShowTheListAsItWas) {
  for (const char* name : {"a", "c", "d"}) Create(name);
  const Json first = List("?limit=1");
  Create("b");
  Call("DELETE", std::string(kVms) + "/d");
  const Json rest = List("?continue=" + first["metadata"]["continue"].get<std::string>());
  EXPECT_THAT(Names(rest), ElementsAre("c", "d"));
  EXPECT_EQ(rest["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
  EXPECT_THAT(Names(List("")), ElementsAre("a", "b", "c"));
}

TEST_F(PagingTest, AnExactVersionShowsThePast) {
  Create("a");
  const std::string then = List("")["metadata"]["resourceVersion"];
  Create("b");
  EXPECT_THAT(Names(List("?resourceVersionMatch=Exact&resourceVersion=" + then)), ElementsAre("a"));
}

TEST_F(PagingTest, VersionZeroAsksForAllAtOnce) {
  for (const char* name : {"a", "b"}) Create(name);
  EXPECT_THAT(Names(List("?limit=1&resourceVersion=0")), ElementsAre("a", "b"));
}

TEST_F(PagingTest, AWatchThatWantsNoInitialEventsBeginsNow) {
  Create("a");
  std::stop_source leaving;
  leaving.request_stop();
  const auto events = Send({.method = "GET",
                            .url = std::string(kVms) + "?watch=True&sendInitialEvents=false"
                                                       "&resourceVersionMatch=NotOlderThan",
                            .headers = {},
                            .body = ""},
                           1, leaving.get_token());
  EXPECT_EQ(events.status, 200);
  EXPECT_EQ(events.body, "");
}

TEST_F(PagingTest, AnInitialListEndsWithABookmarkInTheFormOfTheWatch) {
  Create("a");
  const auto events =
      Send({.method = "GET",
            .url = std::string(kVms) + "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true"
                                       "&resourceVersionMatch=NotOlderThan",
            .headers = {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}},
            .body = ""},
           2);
  const Json mark = Json::parse(events.body.substr(events.body.find('\n')));
  EXPECT_EQ(mark["type"], "BOOKMARK");
  EXPECT_EQ(mark["object"]["kind"], "Table");
  EXPECT_EQ(mark["object"]["rows"][0]["object"]["metadata"]["annotations"],
            Json({{"k8s.io/initial-events-end", "true"}}));
}

}  // namespace
}  // namespace vr::controlplane
