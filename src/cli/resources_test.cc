#include "cli/resources.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "testing/eventually.h"
#include "testing/fake_clock.h"

namespace vr::cli {
namespace {

using std::chrono::seconds;

// An API server without objects. Its watches end at once, or hang until the request's time is up.
class EmptyServer final : public net::HttpClient {
 public:
  Result<net::HttpResponse> Do(const Context&, const net::HttpRequest&) override {
    ++lists;
    return net::HttpResponse{
        .status = 200, .headers = {}, .body = R"({"metadata":{"resourceVersion":"7"},"items":[]})"};
  }
  Result<net::HttpResponse> Stream(const Context& ctx, const net::HttpRequest&,
                                   const net::ChunkHandler&) override {
    ++watches;
    if (hangs) return ctx.Sleep(std::chrono::hours(1)).error();
    return net::HttpResponse{.status = 200, .headers = {}, .body = ""};
  }

  std::atomic<int> lists = 0, watches = 0;
  std::atomic<bool> hangs = false;
};

// What a command does meanwhile, on a thread of its own.
class WatchingCommand : public ::testing::Test {
 protected:
  void Run(const std::function<Status(const Context&)>& command) {
    thread_ = std::jthread([this, command](const std::stop_token& stop) {
      result_ = command(Context(stop, clock_));
      ended_ = true;
    });
  }
  Status End() {
    thread_ = {};
    return result_;
  }

  testing::FakeClock clock_;
  std::shared_ptr<EmptyServer> server_ = std::make_shared<EmptyServer>();
  const kube::Client client_{{.server = "http://nowhere", .http = server_, .bearer_token = {}}};
  std::atomic<bool> ended_ = false;
  Status result_;
  std::jthread thread_;  // last: it uses all above
};

TEST_F(WatchingCommand, PausesBetweenWatchesThatEndAtOnce) {
  Run([this](const Context& ctx) {
    return Follow(ctx, client_, VirtualMachineType(), {}, [](auto, auto&) { return Status(); });
  });
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  EXPECT_EQ(server_->watches, 1);
  clock_.Advance(seconds(2));
  EXPECT_TRUE(testing::Eventually([&] { return server_->watches == 2; }));
  EXPECT_EQ(server_->lists, 1) << "the version is still good";
  EXPECT_EQ(End().error().kind, ErrorKind::kCancelled);
}

TEST_F(WatchingCommand, OutlivesAServerThatNeverAnswersAWatch) {
  server_->hangs = true;
  Run([this](const Context& ctx) {
    return WaitFor(ctx.WithTimeout(std::chrono::minutes(20)), client_, VirtualMachineType(),
                   {"default", "web"}, [](const nlohmann::json*) { return Result<bool>(false); });
  });
  ASSERT_TRUE(testing::Eventually([&] {
    clock_.AdvanceToNextDeadline();  // time passes only while it waits for something
    return server_->watches == 2 || ended_;
  }));
  ASSERT_FALSE(ended_) << End().error().message;
  ASSERT_TRUE(testing::Eventually([&] {
    clock_.AdvanceToNextDeadline();
    return ended_.load();
  }));
  const Status gave_up = End();
  EXPECT_EQ(gave_up.error().kind, ErrorKind::kTimeout);
  EXPECT_NE(gave_up.error().message.find("gave up waiting"), std::string::npos);
}

}  // namespace
}  // namespace vr::cli
