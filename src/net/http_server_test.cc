#include "net/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <thread>

#include "net/curl_http_client.h"

namespace vr::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A bare TCP client, to say what a well-behaved one would not.
class RawClient {
 public:
  explicit RawClient(const std::string& address) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  ~RawClient() { Close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Send(std::string_view text) { ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  // Reads until `mark` has come or the server closes.
  std::string ReadUntil(std::string_view mark) {
    std::string out;
    char c = 0;
    while (out.find(mark) == std::string::npos && ::recv(fd_, &c, 1, 0) == 1) out += c;
    return out;
  }
  std::string ReadAll() { return ReadUntil("\1never\1"); }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(HttpHandler handler, HttpServerOptions options = {}) {
    auto server = HttpServer::Start(std::move(options), std::move(handler));
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(server).value();
    client_ = MakeCurlHttpClient({}).value();
  }
  HttpRequest Get(const std::string& target) const {
    return {
        .method = "GET", .url = "http://" + server_->address() + target, .headers = {}, .body = {}};
  }
  static HttpHandler Echo() {
    return
        [](const Context&, const PeerIdentity&, const HttpRequest& request, ResponseWriter& out) {
          (void)out.Send({.status = 200,
                          .headers = {{"X-Method", request.method},
                                      {"X-Seen", HeaderOr(request.headers, "x-sent")}},
                          .body = request.url + "|" + request.body});
        };
  }

  std::unique_ptr<HttpServer> server_;
  std::shared_ptr<HttpClient> client_;
};

TEST_F(HttpServerTest, AnswersWithWhatTheHandlerSends) {
  Start(Echo());
  HttpRequest request = Get("/a?b=c");
  request.method = "PUT";
  request.headers = {{"X-Sent", "yes"}};
  request.body = std::string(100'000, 'x');
  const auto response = client_->Do({}, request);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(HeaderOr(response->headers, "x-method"), "PUT");
  EXPECT_EQ(HeaderOr(response->headers, "X-SEEN"), "yes");
  EXPECT_EQ(response->body, "/a?b=c|" + request.body);
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
  Start(Echo());
  HttpRequest request = Get("/abc");
  request.method = "HEAD";
  const auto response = client_->Do({}, request);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(HeaderOr(response->headers, "content-length"), "5");
  EXPECT_EQ(response->body, "");
}

TEST_F(HttpServerTest, KeepsTheConnectionForPipelinedRequests) {
  Start(Echo());
  RawClient raw(server_->address());
  raw.Send(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string all = raw.ReadAll();
  EXPECT_THAT(all, HasSubstr("/1|"));
  EXPECT_THAT(all, HasSubstr("/2|"));
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
  Start(Echo());
  for (const char* text : {"\x16\x03\x01 hello\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                           "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n"}) {
    RawClient raw(server_->address());
    raw.Send(text);
    EXPECT_THAT(raw.ReadAll(), StartsWith("HTTP/1.1 400 ")) << text;
  }
}

TEST_F(HttpServerTest, RefusesABodyAboveTheLimit) {
  Start(Echo(), {.limits = {.max_body = 10}});
  RawClient declared(server_->address());
  declared.Send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
  EXPECT_THAT(declared.ReadAll(), StartsWith("HTTP/1.1 413 "));
  RawClient chunked(server_->address());
  chunked.Send(
      "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "chunked\r\n\r\n14\r\n01234567890123456789\r\n0\r\n\r\n");
  EXPECT_THAT(chunked.ReadAll(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, RefusesAHeadAboveTheLimit) {
  Start(Echo(), {.limits = {.max_header = 100}});
  RawClient raw(server_->address());
  raw.Send("GET /" + std::string(200, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(raw.ReadAll(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, ContinuesAClientThatAsksFirst) {
  Start(Echo());
  RawClient raw(server_->address());
  raw.Send(
      "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
      "Connection: close\r\n\r\n");
  EXPECT_THAT(raw.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 100 "));
  raw.Send("ok");
  EXPECT_THAT(raw.ReadAll(), HasSubstr("/|ok"));
}

TEST_F(HttpServerTest, GivesUpOnSlowClients) {
  Start(Echo(), {.limits = {.idle_timeout = milliseconds(50), .header_timeout = milliseconds(50)}});
  RawClient silent(server_->address());
  EXPECT_EQ(silent.ReadAll(), "");
  RawClient slow(server_->address());
  slow.Send("GET / HT");
  EXPECT_THAT(slow.ReadAll(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, StreamsChunks) {
  Start([](const Context&, const PeerIdentity&, const HttpRequest&, ResponseWriter& out) {
    (void)out.Start(200, {{"Content-Type", "text/plain"}});
    for (int i = 0; i < 3; ++i) (void)out.Write("piece " + std::to_string(i) + "\n");
  });
  std::string all;
  const auto response = client_->Stream({}, Get("/"), [&](std::string_view chunk) {
    all += chunk;
    return Status();
  });
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(all, "piece 0\npiece 1\npiece 2\n");
  EXPECT_EQ(response->body, "");
}

TEST_F(HttpServerTest, StreamCollectsTheBodyOfAnErrorStatus) {
  Start([](const Context&, const PeerIdentity&, const HttpRequest&, ResponseWriter& out) {
    (void)out.Send({.status = 410, .headers = {}, .body = "gone"});
  });
  const auto response = client_->Stream({}, Get("/"), [](std::string_view) { return Status(); });
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 410);
  EXPECT_EQ(response->body, "gone");
}

// Streams a first piece, then waits until its context is stopped.
HttpHandler WatchUntilStopped(std::latch& stopped) {
  return
      [&stopped](const Context& ctx, const PeerIdentity&, const HttpRequest&, ResponseWriter& out) {
        (void)out.Start(200, {});
        (void)out.Write("first\n");
        if (ctx.Sleep(std::chrono::hours(1)).error().kind == ErrorKind::kCancelled) {
          EXPECT_EQ(out.Write("more").error().kind, ErrorKind::kCancelled);
          stopped.count_down();
        }
      };
}

TEST_F(HttpServerTest, AnErrorOfTheChunkHandlerEndsTheStreamAndStopsTheServersHandler) {
  std::latch stopped(1);
  Start(WatchUntilStopped(stopped));
  const auto response = client_->Stream({}, Get("/"), [](std::string_view) {
    return Status(Error{ErrorKind::kConflict, "enough", {}});
  });
  EXPECT_EQ(response.error(), (Error{ErrorKind::kConflict, "enough", {}}));
  stopped.wait();
}

TEST_F(HttpServerTest, AStopOfTheClientsContextEndsTheStreamAtOnce) {
  std::latch stopped(1);
  Start(WatchUntilStopped(stopped));
  std::stop_source source;
  const auto response = client_->Stream(Context(source.get_token()), Get("/"), [&](auto) {
    source.request_stop();
    return Status();
  });
  EXPECT_EQ(response.error().kind, ErrorKind::kCancelled);
  stopped.wait();
}

TEST_F(HttpServerTest, ADeadlineOfTheClientIsATimeout) {
  std::latch stopped(1);
  Start(WatchUntilStopped(stopped));
  const auto response = client_->Stream(Context().WithTimeout(milliseconds(50)), Get("/"),
                                        [](std::string_view) { return Status(); });
  EXPECT_EQ(response.error().kind, ErrorKind::kTimeout);
  stopped.wait();
}

TEST_F(HttpServerTest, StopEndsStreamsAndIdleConnections) {
  std::latch stopped(1);
  Start(WatchUntilStopped(stopped));
  RawClient idle(server_->address());
  RawClient raw(server_->address());
  raw.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(raw.ReadUntil("first"), HasSubstr("200 OK"));
  server_->Stop(seconds(30));
  stopped.wait();
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_EQ(client_->Do({}, Get("/")).error().kind, ErrorKind::kUnavailable);
}

TEST_F(HttpServerTest, StopLetsAPlainRequestFinish) {
  std::latch entered(1);
  std::latch go(1);
  Start([&](const Context& ctx, const PeerIdentity&, const HttpRequest&, ResponseWriter& out) {
    entered.count_down();
    go.wait();
    EXPECT_TRUE(ctx.Check().ok());
    (void)out.Send({.status = 200, .headers = {}, .body = "done"});
  });
  Result<HttpResponse> response = Error{};
  std::jthread caller([&] { response = client_->Do({}, Get("/")); });
  entered.wait();
  std::jthread stopper([&] { server_->Stop(seconds(30)); });
  go.count_down();
  stopper.join();
  caller.join();
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "done");
}

TEST_F(HttpServerTest, TellsConnectionsBeyondTheLimitToComeBackLater) {
  std::latch stopped(1);
  Start(WatchUntilStopped(stopped), {.max_connections = 1});
  RawClient first(server_->address());
  first.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  first.ReadUntil("first");
  const auto second = client_->Do({}, Get("/"));
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(second->status, 503);
  EXPECT_EQ(HeaderOr(second->headers, "Retry-After"), "1");
  first.Close();
  stopped.wait();
}

TEST_F(HttpServerTest, AThrowingOrSilentHandlerIsA500) {
  Start([](const Context&, const PeerIdentity&, const HttpRequest& request, ResponseWriter&) {
    if (request.url == "/throw") throw std::runtime_error("secret detail");
  });
  for (const char* target : {"/throw", "/silent"}) {
    const auto response = client_->Do({}, Get(target));
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->status, 500);
    EXPECT_EQ(response->body.find("secret"), std::string::npos);
  }
}

TEST_F(HttpServerTest, RefusesToSplitAHeader) {
  Start([](const Context&, const PeerIdentity&, const HttpRequest&, ResponseWriter& out) {
    EXPECT_FALSE(out.Send({.status = 200, .headers = {{"A", "b\r\nC: d"}}, .body = {}}).ok());
  });
  const auto response = client_->Do({}, Get("/"));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 500);
}

TEST_F(HttpServerTest, AnOldClientGetsAStreamUntilClose) {
  Start([](const Context&, const PeerIdentity&, const HttpRequest&, ResponseWriter& out) {
    (void)out.Start(200, {});
    (void)out.Write("all of it");
  });
  RawClient raw(server_->address());
  raw.Send("GET / HTTP/1.0\r\n\r\n");
  const std::string all = raw.ReadAll();
  EXPECT_THAT(all, ::testing::EndsWith("\r\n\r\nall of it"));
  EXPECT_EQ(all.find("chunked"), std::string::npos);
}

TEST_F(HttpServerTest, AnAddressThatIsTakenOrWrongIsAnError) {
  Start(Echo());
  EXPECT_EQ(HttpServer::Start({.address = server_->address()}, Echo()).error().kind,
            ErrorKind::kUnavailable);
  EXPECT_EQ(HttpServer::Start({.address = "nonsense"}, Echo()).error().kind,
            ErrorKind::kInvalidSpec);
}

TEST_F(HttpServerTest, ServesManyClientsAtOnce) {
  Start(Echo());
  std::atomic<int> good = 0;
  std::vector<std::jthread> callers;
  for (int t = 0; t < 8; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto response = client_->Do({}, Get("/" + std::to_string(i)));
        if (response && response->body == "/" + std::to_string(i) + "|") ++good;
      }
    });
  }
  callers.clear();
  EXPECT_EQ(good, 400);
}

}  // namespace
}  // namespace vr::net
