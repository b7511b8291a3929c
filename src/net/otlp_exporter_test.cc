#include "net/otlp_exporter.h"

#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "net/curl_http_client.h"
#include "net/http_server.h"

namespace vr::net {
namespace {

obs::FinishedSpan SomeSpan(const std::string& name) {
  return {.name = name,
          .kind = obs::SpanKind::kClient,
          .context = {"0123456789abcdef0123456789abcdef", "00f067aa0ba902b7", true},
          .parent_id = "00f067aa0ba902b8",
          .start = WallTime(std::chrono::seconds(5)),
          .end = WallTime(std::chrono::seconds(6)),
          .attributes = {{"vm.id", "vm-1"}, {"note", "password=hunter2"}},
          .error = Error{ErrorKind::kTimeout, "late", {}}};
}

TEST(OtlpJson, HasWhatACollectorNeeds) {
  const auto json = nlohmann::json::parse(ToOtlpJson("manager", {SomeSpan("rpc.Create")}));
  const auto& resource = json.at("resourceSpans").at(0);
  EXPECT_EQ(resource.at("resource").at("attributes").at(0).at("value").at("stringValue"),
            "manager");
  const auto& span = resource.at("scopeSpans").at(0).at("spans").at(0);
  EXPECT_EQ(span.at("name"), "rpc.Create");
  EXPECT_EQ(span.at("kind"), 3);
  EXPECT_EQ(span.at("traceId"), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(span.at("spanId"), "00f067aa0ba902b7");
  EXPECT_EQ(span.at("parentSpanId"), "00f067aa0ba902b8");
  EXPECT_EQ(span.at("startTimeUnixNano"), "5000000000");
  EXPECT_EQ(span.at("endTimeUnixNano"), "6000000000");
  EXPECT_EQ(span.at("attributes").at(1).at("value").at("stringValue"), "vm-1");
  EXPECT_EQ(span.at("status").at("code"), 2);
  EXPECT_EQ(json.dump().find("hunter2"), std::string::npos);
}

// A collector on the loopback that answers `status` and remembers what it was sent.
class Collector {
 public:
  explicit Collector(int status) {
    auto server =
        HttpServer::Start({}, [this, status](const Context&, const PeerIdentity&,
                                             const HttpRequest& request, ResponseWriter& out) {
          {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
          }
          changed_.notify_all();
          (void)out.Send({.status = status, .headers = {}, .body = "{}"});
        });
    EXPECT_TRUE(server.ok());
    server_ = std::move(*server);
  }
  std::string url() const { return "http://" + server_->address() + "/v1/traces"; }
  // The next request, waited for ten seconds at most.
  HttpRequest Next() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return !requests_.empty(); });
    if (requests_.empty()) return {};
    HttpRequest first = requests_.front();
    requests_.pop_front();
    return first;
  }

 private:
  std::mutex mutex_;  // guards requests_
  std::condition_variable changed_;
  std::deque<HttpRequest> requests_;
  std::unique_ptr<HttpServer> server_;  // last: it uses all above
};

TEST(OtlpExporter, PostsSpansInTimeAndTheRestAtTheEnd) {
  Collector collector(200);
  const auto client = MakeCurlHttpClient({});
  ASSERT_TRUE(client.ok());
  {
    OtlpExporter exporter({.endpoint = collector.url(),
                           .service = "manager",
                           .interval = std::chrono::milliseconds(1)},
                          **client, SystemClock());
    exporter.Add(SomeSpan("first"));
    const HttpRequest request = collector.Next();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "/v1/traces");
    EXPECT_EQ(HeaderOr(request.headers, "content-type"), "application/json");
    EXPECT_NE(request.body.find("\"first\""), std::string::npos);
  }
  {
    OtlpExporter exporter(
        {.endpoint = collector.url(), .service = "manager", .interval = std::chrono::hours(1)},
        **client, SystemClock());
    exporter.Add(SomeSpan("last"));
  }
  EXPECT_NE(collector.Next().body.find("\"last\""), std::string::npos);
}

TEST(OtlpExporter, SaysThatSpansWereLost) {
  Collector collector(404);
  std::string lines;
  std::mutex mutex;
  ConfigureLog({.sink = [&](std::string_view line) {
    const std::lock_guard lock(mutex);
    lines += line;
  }});
  const auto client = MakeCurlHttpClient({});
  {
    OtlpExporter exporter({.endpoint = collector.url(), .service = "manager"}, **client,
                          SystemClock());
    for (int i = 0; i < 100; ++i) exporter.Add(SomeSpan("one"));
  }
  ConfigureLog({});
  EXPECT_NE(lines.find("Spans lost"), std::string::npos);
  EXPECT_NE(lines.find("\"100\""), std::string::npos) << lines;
  EXPECT_NE(lines.find("answered 404"), std::string::npos) << lines;
}

}  // namespace
}  // namespace vr::net
