#include "controlplane/headed_writer.h"

#include <gmock/gmock.h>

#include <set>

#include "base/timestamp.h"
#include "controlplane/api_server_fixture.h"

namespace vr::controlplane {
namespace {

using ::testing::MatchesRegex;
using ::testing::SizeIs;

constexpr const char* kConfigMaps = "/api/v1/namespaces/default/configmaps";
constexpr const char* kUid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

// Remembers the head of a stream as well.
class HeadRecorder final : public net::ResponseWriter {
 public:
  Status Send(net::HttpResponse response) override {
    headers = std::move(response.headers);
    return {};
  }
  Status Start(int, net::Headers given) override {
    headers = std::move(given);
    return {};
  }
  Status Write(std::string_view) override { return Error{ErrorKind::kCancelled, "enough", {}}; }
  net::Headers headers;
};

class HeadedWriterTest : public ::testing::Test {
 protected:
  net::Headers Ask(const std::string& method, const std::string& url,
                   const net::Headers& more = {}) {
    net::HttpRequest request{.method = method, .url = url, .headers = more};
    if (method == "POST") request.body = R"({"metadata": {"name": "a"}})";
    request.headers.emplace("Content-Type", "application/json");
    HeadRecorder out;
    server_->Handle(Context({}, clock_),
                    {.common_name = "ann", .organizations = {"system:masters"}}, request, out);
    return out.headers;
  }

  testing::FakeClock clock_;
  std::vector<Json> audit_;
  std::unique_ptr<ApiServer> server_ =
      ApiServer::Open(
          {.audit = [this](std::string_view line) { audit_.push_back(Json::parse(line)); }}, clock_)
          .value();
};

TEST_F(HeadedWriterTest, EveryAnswerHasItsDateAndAnIdOfItsOwn) {
  std::set<std::string> ids;
  for (const char* url :
       {"/readyz", "/version", "/none", "/apis", kConfigMaps, "/api/v1/namespaces?watch=true"}) {
    clock_.Advance(std::chrono::seconds(1));
    const net::Headers headers = Ask("GET", url, {{"Accept", "application/json"}});
    EXPECT_EQ(net::HeaderOr(headers, "Date"), FormatHttpDate(clock_.WallNow())) << url;
    EXPECT_THAT(net::HeaderOr(headers, "Audit-Id"), MatchesRegex(kUid)) << url;
    EXPECT_EQ(headers.count("Date"), 1U) << url;
    ids.insert(net::HeaderOr(headers, "Audit-Id"));
  }
  EXPECT_THAT(ids, SizeIs(6));
}

TEST_F(HeadedWriterTest, TheIdLeadsToTheAuditLog) {
  const std::string id = net::HeaderOr(Ask("POST", kConfigMaps), "Audit-Id");
  ASSERT_THAT(audit_, SizeIs(1));
  EXPECT_EQ(audit_[0]["auditID"], id);
}

TEST_F(HeadedWriterTest, AClientMayGiveTheId) {
  EXPECT_EQ(net::HeaderOr(Ask("POST", kConfigMaps, {{"audit-id", "mine"}}), "Audit-Id"), "mine");
  ASSERT_THAT(audit_, SizeIs(1));
  EXPECT_EQ(audit_[0]["auditID"], "mine");
}

TEST_F(HeadedWriterTest, OfALongIdTheBeginningIsTaken) {
  const std::string given(65, 'x');
  EXPECT_EQ(net::HeaderOr(Ask("POST", kConfigMaps, {{"Audit-ID", given}}), "Audit-Id"),
            given.substr(1));
  EXPECT_EQ(audit_.at(0)["auditID"], given.substr(1));
}

TEST_F(HeadedWriterTest, AnEmptyIdIsNone) {
  EXPECT_THAT(net::HeaderOr(Ask("GET", "/version", {{"Audit-ID", ""}}), "Audit-Id"),
              MatchesRegex(kUid));
}

}  // namespace
}  // namespace vr::controlplane
