#include "rpc/resilient_client.h"

#include <gtest/gtest.h>

#include <deque>

namespace vr::rpc {
namespace {

// Answers Validate, Describe and Create from a queue of errors, then with success.
class ScriptedClient final : public ProviderClient {
 public:
  explicit ScriptedClient(std::deque<ErrorKind>& script, int& calls)
      : script_(script), calls_(calls) {}
  Result<ValidateResult> Validate(const Context&) override {
    return Next(ValidateResult{true, ""});
  }
  Result<CreateResult> Create(const Context&, const CreateRequest&) override {
    return Next(CreateResult{"vm-1", {}});
  }
  Result<DescribeResult> Describe(const Context& ctx, const std::string&) override {
    EXPECT_TRUE(ctx.has_deadline());
    return Next(DescribeResult{});
  }
  Result<Capabilities> GetCapabilities(const Context&) override { return Next(Capabilities{}); }
  Result<TaskRef> Delete(const Context&, const DeleteRequest&) override { return Next(TaskRef{}); }
  Result<TaskRef> Power(const Context&, const PowerRequest&) override { return Next(TaskRef{}); }
  Result<TaskRef> Reconfigure(const Context&, const ReconfigureRequest&) override {
    return Next(TaskRef{});
  }
  Result<std::vector<VmState>> ListVms(const Context&) override {
    return Next(std::vector<VmState>{});
  }
  Result<TaskState> TaskStatus(const Context&, const std::string&) override {
    return Next(TaskState{});
  }
  Status CancelTask(const Context&, const std::string&) override { return Next(0).status(); }
  Result<ImagePrepareResult> ImagePrepare(const Context&, const ImagePrepareRequest&) override {
    return Next(ImagePrepareResult{});
  }
  Result<SnapshotCreateResult> SnapshotCreate(const Context&,
                                              const SnapshotCreateRequest&) override {
    return Next(SnapshotCreateResult{});
  }
  Result<TaskRef> SnapshotDelete(const Context&, const SnapshotRequest&) override {
    return Next(TaskRef{});
  }
  Result<TaskRef> SnapshotRevert(const Context&, const SnapshotRequest&) override {
    return Next(TaskRef{});
  }
  Result<CreateResult> Clone(const Context&, const CloneRequest&) override {
    return Next(CreateResult{});
  }
  Status Watch(const Context&, const std::string&, const WatchHandler&) override { return {}; }

 private:
  template <class T>
  Result<T> Next(T value) {
    ++calls_;
    if (script_.empty()) return value;
    const ErrorKind kind = script_.front();
    script_.pop_front();
    return Error{kind, "scripted", {}};
  }
  std::deque<ErrorKind>& script_;
  int& calls_;
};

class ResilientClientTest : public testing::Test {
 protected:
  std::unique_ptr<ProviderClient> Make(Duration pause = std::chrono::milliseconds(1)) {
    config_.retry.base_delay = pause;
    config_.retry.max_delay = std::max(pause, config_.retry.max_delay);
    config_.breaker.failure_threshold = 3;
    config_.rate_limit = {1000, 1000};
    return MakeResilientClient(
        std::make_unique<ScriptedClient>(script_, calls_),
        {.provider_type = "mock", .provider = "default/m", .config = config_}, metrics_,
        SystemClock());
  }

  std::deque<ErrorKind> script_;
  int calls_ = 0;
  resilience::Config config_;
  obs::Registry metrics_;
};

TEST_F(ResilientClientTest, TriesReadsAgainAndMutationsNot) {
  script_ = {ErrorKind::kUnavailable, ErrorKind::kUnavailable};
  const auto client = Make();
  EXPECT_TRUE(client->Describe({}, "vm-1").ok());
  EXPECT_EQ(calls_, 3);
  script_ = {ErrorKind::kUnavailable};
  EXPECT_EQ(client->Create({}, {}).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(calls_, 4);
}

TEST_F(ResilientClientTest, LeavesLongPausesToTheCallersQueue) {
  script_ = {ErrorKind::kUnavailable};
  const auto client = Make(std::chrono::hours(1));
  EXPECT_EQ(client->Describe({}, "vm-1").error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(calls_, 1);
}

TEST_F(ResilientClientTest, OpensTheBreakerAndStopsCalling) {
  script_ = std::deque<ErrorKind>(50, ErrorKind::kUnavailable);
  const auto client = Make();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(client->Validate({}).ok());
  EXPECT_EQ(calls_, 3);
  EXPECT_EQ(client->Validate({}).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(calls_, 3);
  EXPECT_NE(
      metrics_.Serialize().find(
          "virtrigaud_circuit_breaker_state{provider=\"default/m\",provider_type=\"mock\"} 1"),
      std::string::npos);
}

TEST_F(ResilientClientTest, AProviderThatIsBackIsCalledAgainAtOnce) {
  script_ = std::deque<ErrorKind>(4, ErrorKind::kUnavailable);
  const auto client = Make();
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(client->GetCapabilities({}).ok());
  EXPECT_EQ(client->Validate({}).error().kind, ErrorKind::kUnavailable) << "the breaker is open";
  EXPECT_EQ(calls_, 4) << "a session goes on asking meanwhile, at its own pace";
  EXPECT_TRUE(client->GetCapabilities({}).ok());
  EXPECT_TRUE(client->Validate({}).ok());
}

TEST_F(ResilientClientTest, UserErrorsDoNotOpenTheBreaker) {
  script_ = std::deque<ErrorKind>(10, ErrorKind::kInvalidSpec);
  const auto client = Make();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(client->Create({}, {}).ok());
  EXPECT_TRUE(client->Create({}, {}).ok());
}

TEST_F(ResilientClientTest, CountsCallsByMethodAndCode) {
  const auto client = Make();
  EXPECT_TRUE(client->ListVms({}).ok());
  EXPECT_NE(metrics_.Serialize().find("code=\"OK\",method=\"ListVMs\",provider_type=\"mock\"} 1"),
            std::string::npos)
      << metrics_.Serialize();
}

}  // namespace
}  // namespace vr::rpc
