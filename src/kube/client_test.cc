#include "kube/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <nlohmann/json.hpp>

#include "kube/patch.h"
#include "kube/watch_decoder.h"

namespace vr::kube {
namespace {

using ::testing::HasSubstr;

const ResourceType kVms{"infra.virtrigaud.io", "v1beta1", "VirtualMachine", "virtualmachines",
                        true};

// Answers with what the test queued, and remembers the requests.
class ScriptedHttp final : public net::HttpClient {
 public:
  Result<net::HttpResponse> Do(const Context& ctx, const net::HttpRequest& request) override {
    requests.push_back(request);
    patience.push_back(ctx.Remaining());
    Result<net::HttpResponse> answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
  Result<net::HttpResponse> Stream(const Context& ctx, const net::HttpRequest& request,
                                   const net::ChunkHandler& on_chunk) override {
    VR_ASSIGN_OR_RETURN(net::HttpResponse response, Do(ctx, request));
    if (response.status >= 300) return response;
    for (size_t i = 0; i < response.body.size(); i += 7)
      VR_RETURN_IF_ERROR(on_chunk(std::string_view(response.body).substr(i, 7)));
    response.body.clear();
    return response;
  }

  std::deque<Result<net::HttpResponse>> answers;
  std::vector<net::HttpRequest> requests;
  std::vector<Duration> patience;  // how long each of them may take
};

class ClientTest : public ::testing::Test {
 protected:
  void Answer(int status, const std::string& body, net::Headers headers = {}) {
    http_->answers.emplace_back(
        net::HttpResponse{.status = status, .headers = std::move(headers), .body = body});
  }

  std::shared_ptr<ScriptedHttp> http_ = std::make_shared<ScriptedHttp>();
  std::vector<std::string> warnings_;
  Client client_{
      {.server = "https://host:6443/",
       .http = http_,
       .bearer_token = [](const Context&) { return Result<std::string>("abc"); },
       .headers = {},
       .user_agent = "test",
       .on_warning = [this](std::string_view warning) { warnings_.emplace_back(warning); }}};
};

TEST_F(ClientTest, GetAsksForTheObjectWithTheToken) {
  Answer(200, R"({"metadata":{"name":"web"}})");
  EXPECT_TRUE(client_.Get(Context(), kVms, {"default", "web"}).ok());
  EXPECT_EQ(
      http_->requests[0].url,
      "https://host:6443/apis/infra.virtrigaud.io/v1beta1/namespaces/default/virtualmachines/web");
  EXPECT_EQ(net::HeaderOr(http_->requests[0].headers, "authorization"), "Bearer abc");
}

TEST_F(ClientTest, SendsTheConfiguredHeadersWithEveryRequest) {
  const Client client({.server = "https://host",
                       .http = http_,
                       .bearer_token = {},
                       .headers = {{"Impersonate-User", "jane"}}});
  Answer(200, "{}");
  Answer(200, "{}");
  EXPECT_TRUE(client.Get(Context(), kVms, {"d", "w"}).ok());
  EXPECT_TRUE(client.Raw(Context(), {.method = "GET", .url = "/version", .headers = {}}).ok());
  for (const net::HttpRequest& request : http_->requests)
    EXPECT_EQ(net::HeaderOr(request.headers, "Impersonate-User"), "jane");
}

TEST_F(ClientTest, ErrorsKeepTheServersMessageAndKind) {
  const std::pair<std::string, ErrorKind> cases[] = {
      {R"({"code":404,"reason":"NotFound","message":"vm \"web\" not found"})",
       ErrorKind::kNotFound},
      {R"({"code":409,"reason":"AlreadyExists","message":"m"})", ErrorKind::kConflict},
      {R"({"code":409,"reason":"Conflict","message":"m"})", ErrorKind::kStale},
      {R"({"code":410,"reason":"Expired","message":"m"})", ErrorKind::kStale},
      {R"({"code":422,"reason":"Invalid","message":"m"})", ErrorKind::kInvalidSpec},
      {R"({"code":403,"reason":"Forbidden","message":"m"})", ErrorKind::kUnauthorized},
      {R"({"code":503,"reason":"ServiceUnavailable","message":"m"})", ErrorKind::kUnavailable},
      {"<html>bad gateway</html>", ErrorKind::kUnavailable}};
  for (const auto& [body, kind] : cases) {
    const Json parsed = Json::parse(body, nullptr, false);
    Answer(parsed.is_object() ? parsed["code"].get<int>() : 502, body);
    const auto result = client_.Get(Context(), kVms, {"default", "web"});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, kind) << body;
    EXPECT_THAT(result.error().message, HasSubstr("get virtualmachines default/web: "));
  }
}

TEST_F(ClientTest, ErrorsThatOnlyTheMessageTellsApartHaveTheirKind) {
  const auto kind_of = [this](int status, const std::string& message) {
    Answer(status, Json{{"kind", "Status"}, {"code", status}, {"message", message}}.dump());
    return client_.Get(Context(), kVms, {"d", "w"}).error().kind;
  };
  EXPECT_EQ(kind_of(500,
                    "failed to create typed patch object (d/w; v1, Kind=V): .spec.x: field "
                    "not declared in schema"),
            ErrorKind::kInvalidSpec);
  EXPECT_EQ(kind_of(500, "database state.db: cannot write: database or disk is full"),
            ErrorKind::kQuotaExceeded);
  EXPECT_EQ(kind_of(507, "no room"), ErrorKind::kQuotaExceeded);
  EXPECT_EQ(kind_of(403, "pods \"w\" is forbidden: exceeded quota: q"), ErrorKind::kQuotaExceeded);
  EXPECT_EQ(kind_of(403, "pods is forbidden"), ErrorKind::kUnauthorized);
  EXPECT_EQ(kind_of(500, "database state.db: damaged"), ErrorKind::kInternal);
}

TEST_F(ClientTest, RefusesToSendWhatIsNoText) {
  const Status sent = client_
                          .Create(Context(), kVms,
                                  {{"metadata", {{"name", "w"}, {"namespace", "d"}}},
                                   {"spec", {{"disks", {{{"name", "a\xff"}}}}}}})
                          .status();
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(sent.error().message, HasSubstr("spec.disks[0].name is not text (UTF-8)"));
  EXPECT_TRUE(http_->requests.empty());
}

TEST_F(ClientTest, RetryAfterIsPassedOn) {
  Answer(
      429,
      R"({"code":429,"reason":"TooManyRequests","message":"m","details":{"retryAfterSeconds":3}})");
  EXPECT_EQ(client_.Get(Context(), kVms, {"d", "w"}).error().retry_after, std::chrono::seconds(3));
}

TEST_F(ClientTest, ListFillsInKindsAndTheContinueToken) {
  Answer(
      200,
      R"({"metadata":{"resourceVersion":"7","continue":"x"},"items":[{"metadata":{"name":"a"}}]})");
  const ListPage page =
      client_.List(Context(), kVms, {.ns = "", .label_selector = "app in (a,b)", .limit = 2})
          .value();
  EXPECT_EQ(page.resource_version, "7");
  EXPECT_EQ(page.continue_token, "x");
  EXPECT_EQ(page.items[0]["kind"], "VirtualMachine");
  EXPECT_THAT(http_->requests[0].url, HasSubstr("labelSelector=app%20in%20%28a%2Cb%29&limit=2"));
}

TEST_F(ClientTest, WatchDeliversEventsWhateverTheChunks) {
  Answer(200,
         "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n{\"type\":\"BOOKMARK\","
         "\"object\":{}}\n");
  std::vector<WatchEventType> seen;
  EXPECT_TRUE(client_
                  .Watch(Context(), kVms, {.resource_version = "5"},
                         [&](const WatchEvent& event) {
                           seen.push_back(event.type);
                           return Status();
                         })
                  .ok());
  EXPECT_EQ(seen, (std::vector{WatchEventType::kAdded, WatchEventType::kBookmark}));
}

TEST_F(ClientTest, AnExpiredWatchIsStale) {
  Answer(200,
         "{\"type\":\"ERROR\",\"object\":{\"code\":410,\"reason\":\"Expired\",\"message\":\"too "
         "old resource version\"}}\n");
  EXPECT_EQ(
      client_.Watch(Context(), kVms, {}, [](const WatchEvent&) { return Status(); }).error().kind,
      ErrorKind::kStale);
}

TEST_F(ClientTest, WarningsReachTheCaller) {
  net::Headers headers;
  headers.emplace("Warning", R"x(299 - "spec.cpus: use spec.cpu (\"alias\")")x");
  Answer(201, "{}", headers);
  EXPECT_TRUE(
      client_.Create(Context(), kVms, Json{{"metadata", {{"namespace", "d"}, {"name", "w"}}}})
          .ok());
  EXPECT_THAT(warnings_, ::testing::ElementsAre("spec.cpus: use spec.cpu (\"alias\")"));
}

TEST_F(ClientTest, DeleteSendsPreconditions) {
  Answer(200, "{}");
  EXPECT_TRUE(client_.Delete(Context(), kVms, {"d", "w"}, {.uid = "u-1"}).ok());
  EXPECT_EQ(Json::parse(http_->requests[0].body)["preconditions"]["uid"], "u-1");
}

TEST_F(ClientTest, NoRequestWaitsForEver) {
  Answer(200, "{}");
  Answer(200, R"({"items":[]})");
  Answer(200, "");
  ASSERT_TRUE(client_.Get(Context(), kVms, {"d", "w"}).ok());
  ASSERT_TRUE(client_.List(Context(), kVms, {}).ok());
  ASSERT_TRUE(client_
                  .Watch(Context(), kVms, {.timeout = std::chrono::seconds(100)},
                         [](auto&) { return Status(); })
                  .ok());
  ASSERT_EQ(http_->patience.size(), 3U);
  EXPECT_LE(http_->patience[0], std::chrono::seconds(90));
  EXPECT_LE(http_->patience[1], std::chrono::seconds(90));
  EXPECT_LE(http_->patience[2], std::chrono::seconds(130));
  EXPECT_GT(http_->patience[2], std::chrono::seconds(100)) << "the server ends it first";
}

TEST_F(ClientTest, AStatusIsWrittenOverTheVersionThatWasRead) {
  Answer(200, R"({"metadata":{"resourceVersion":"10"}})");
  const ObjectMeta meta{.name = "w", .ns = "d", .uid = "u", .resource_version = "9"};
  EXPECT_EQ(PatchStatus(Context(), client_, kVms, meta, Json{{"a", 1}}, Json{{"a", 2}}).value(),
            "10");
  EXPECT_EQ(Json::parse(http_->requests.at(0).body),
            (Json{{"metadata", {{"uid", "u"}, {"resourceVersion", "9"}}}, {"status", {{"a", 2}}}}));
}

TEST_F(ClientTest, AnUnchangedStatusIsNotWritten) {
  const ObjectMeta meta{.name = "w", .ns = "d", .uid = "u", .resource_version = "9"};
  EXPECT_EQ(PatchStatus(Context(), client_, kVms, meta, Json{{"a", 1}}, Json{{"a", 1}}).value(),
            "9");
  EXPECT_TRUE(http_->requests.empty());
}

TEST(MergePatch, TurnsOneObjectIntoTheOther) {
  const Json before = {{"a", 1}, {"b", {{"c", 1}, {"d", 2}}}, {"e", {1, 2}}};
  const Json after = {{"b", {{"c", 1}, {"d", 3}}}, {"e", {1}}, {"f", "x"}};
  const Json patch = MergePatchBetween(before, after);
  EXPECT_EQ(patch, (Json{{"a", nullptr}, {"b", {{"d", 3}}}, {"e", {1}}, {"f", "x"}}));
  Json target = before;
  ApplyMergePatch(target, patch);
  EXPECT_EQ(target, after);
}

TEST(WatchDecoder, RefusesWhatIsNotAnEvent) {
  WatchDecoder decoder([](const WatchEvent&) { return Status(); });
  EXPECT_EQ(decoder.Feed("[1]\n").error().kind, ErrorKind::kInternal);
  EXPECT_EQ(decoder.Feed("{\"type\":\"ODD\",\"object\":{}}\n").error().kind, ErrorKind::kInternal);
  EXPECT_TRUE(decoder.Feed("\r\n\n").ok());
}

}  // namespace
}  // namespace vr::kube
