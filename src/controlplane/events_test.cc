// Both APIs of Events, as clients see them.
#include "controlplane/api_server_fixture.h"

namespace vr::controlplane {
namespace {

constexpr const char* kOld = "/api/v1/namespaces/default/events";
constexpr const char* kNew = "/apis/events.k8s.io/v1/namespaces/default/events";

class EventsTest : public ApiServerTest {
 protected:
  net::HttpResponse CreateNew() {
    return Call("POST", kNew, Json::parse(R"({"apiVersion":"events.k8s.io/v1","kind":"Event",
        "metadata":{"name":"e"},"regarding":{"kind":"VirtualMachine","name":"web",
        "namespace":"default"},"note":"it runs","reason":"Started","action":"Start",
        "type":"Normal","eventTime":"2026-01-01T00:00:00.000000Z",
        "reportingController":"virtrigaud.io/manager","reportingInstance":"manager-1"})"));
  }
  static Json Books(const Json& event) { return event["metadata"]["managedFields"]; }
};

TEST_F(EventsTest, ShowsAnEventInBothVersions) {
  const auto made = CreateNew();
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(Body(made)["note"], "it runs");
  const Json old = Body(Call("GET", std::string(kOld) + "/e"));
  EXPECT_EQ(old["apiVersion"], "v1");
  EXPECT_EQ(old["message"], "it runs");
  EXPECT_EQ(old["involvedObject"]["name"], "web");
  EXPECT_EQ(old["reportingComponent"], "virtrigaud.io/manager");
  EXPECT_FALSE(old.contains("note"));
  const Json list = Body(Call("GET", kNew));
  EXPECT_EQ(list["kind"], "EventList");
  EXPECT_EQ(list["apiVersion"], "events.k8s.io/v1");
  EXPECT_EQ(list["items"][0]["regarding"]["name"], "web");
}

TEST_F(EventsTest, PatchesInEitherVersion) {
  ASSERT_EQ(CreateNew().status, 201);
  const Json series = {{"count", 2}, {"lastObservedTime", "2026-01-01T00:01:00.000000Z"}};
  const auto patched = Call("PATCH", std::string(kNew) + "/e", {{"series", series}},
                            "application/strategic-merge-patch+json");
  ASSERT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(Body(patched)["series"], series);
  const auto changed = Call("PATCH", std::string(kOld) + "/e", {{"message", "it stopped"}},
                            "application/merge-patch+json");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(Body(Call("GET", std::string(kNew) + "/e"))["note"], "it stopped");
}

TEST_F(EventsTest, KeepsBooksOfTheVersionThatWasWrittenLast) {
  const auto made = CreateNew();
  ASSERT_EQ(made.status, 201);
  ASSERT_EQ(Books(Body(made)).size(), 1U);
  EXPECT_EQ(Books(Body(made))[0]["apiVersion"], "events.k8s.io/v1");
  EXPECT_TRUE(Books(Body(made))[0]["fieldsV1"].contains("f:note"));
  (void)Call("PATCH", std::string(kOld) + "/e", {{"message", "it stopped"}},
             "application/merge-patch+json");
  const Json books = Books(Body(Call("GET", std::string(kOld) + "/e")));
  ASSERT_EQ(books.size(), 1U) << books.dump();
  EXPECT_EQ(books[0]["apiVersion"], "v1");
  EXPECT_EQ(books[0]["fieldsV1"], Json::parse(R"({"f:message":{}})"));
}

TEST_F(EventsTest, SelectsByTheNamesOfTheVersion) {
  ASSERT_EQ(CreateNew().status, 201);
  const auto count = [&](const std::string& url) { return Body(Call("GET", url))["items"].size(); };
  EXPECT_EQ(count(std::string(kNew) + "?fieldSelector=regarding.name%3Dweb"), 1U);
  EXPECT_EQ(count(std::string(kNew) + "?fieldSelector=regarding.name%3Dnone"), 0U);
  EXPECT_EQ(count(std::string(kOld) + "?fieldSelector=involvedObject.name%3Dweb"), 1U);
  EXPECT_EQ(Call("GET", std::string(kNew) + "?fieldSelector=involvedObject.name%3Dweb").status,
            400);
}

TEST_F(EventsTest, WatchesInTheVersionOfTheWatch) {
  (void)CreateNew();
  const Json line =
      Body(Call("GET", std::string(kNew) + "?watch=true&resourceVersion=0&timeoutSeconds=1"));
  EXPECT_EQ(line["type"], "ADDED");
  EXPECT_EQ(line["object"]["note"], "it runs");
  EXPECT_EQ(line["object"]["apiVersion"], "events.k8s.io/v1");
}

TEST_F(EventsTest, RefusesInItsOwnName) {
  const auto missing = Call("GET", std::string(kNew) + "/none");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(Body(missing)["message"], "events.events.k8s.io \"none\" not found");
}

TEST_F(EventsTest, IsDeletedInEitherVersion) {
  ASSERT_EQ(CreateNew().status, 201);
  EXPECT_EQ(Call("DELETE", std::string(kNew) + "/e").status, 200);
  EXPECT_EQ(Call("GET", std::string(kOld) + "/e").status, 404);
}

}  // namespace
}  // namespace vr::controlplane
