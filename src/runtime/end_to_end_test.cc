// Reflector, store, queue and controller together, against an API server in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "runtime/controller.h"
#include "runtime/reflector.h"
#include "testing/eventually.h"
#include "testing/fake_clock.h"
#include "testing/in_memory_control_plane.h"

namespace vr::runtime {

struct Note {
  kube::ObjectMeta meta;
  std::string text;
};

}  // namespace vr::runtime

template <>
struct vr::kube::ResourceTraits<vr::runtime::Note> {
  static const ResourceType& Type() {
    static const ResourceType type{"", "v1", "ConfigMap", "configmaps", true};
    return type;
  }
  static Result<vr::runtime::Note> Decode(const Json& json) {
    vr::runtime::Note note;
    VR_ASSIGN_OR_RETURN(note.meta, DecodeMeta(json));
    const auto data = json.value("data", Json::object());
    if (data.contains("bad")) return Error{ErrorKind::kInvalidSpec, "data.bad is bad", {}};
    note.text = data.value("text", "");
    return note;
  }
};

namespace vr::runtime {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using Json = nlohmann::json;

const kube::ResourceType& kType = kube::ResourceTraits<Note>::Type();

// A reflector and a controller on threads of their own. The reconciler notes what it saw.
class EndToEndTest : public ::testing::Test, public Reconciler {
 protected:
  ~EndToEndTest() override { Stop(); }

  Result<Outcome> Reconcile(const Context&, const kube::Key& key) override {
    const auto note = store_.Get(key);
    const std::lock_guard lock(mutex_);
    seen_.push_back(key.name + "=" + (note ? note->text : "gone"));
    changed_.notify_all();
    return Done();
  }

  void Start() {
    store_.AddListener([this](const auto& before, const auto& after, Origin origin) {
      controller_.queue().Add((after ? after : before)->meta.key(),
                              origin == Origin::kInitialList ? Priority::kLow : Priority::kHigh);
    });
    controller_.Start();
    thread_ = std::jthread(
        [this](const std::stop_token& stop) { reflector_.Run(Context(stop, clock_)); });
  }
  void Stop() {
    thread_ = {};
    controller_.Stop();
  }
  void Create(const std::string& name, const std::string& text) {
    ASSERT_TRUE(plane_
                    .Create({{"apiVersion", "v1"},
                             {"kind", "ConfigMap"},
                             {"metadata", {{"name", name}}},
                             {"data", {{"text", text}}}})
                    .ok());
  }
  void Write(const std::string& name, const Json& data) {
    ASSERT_TRUE(plane_.Patch(kType, {"default", name}, {{"data", data}}).ok());
  }
  void Delete(const std::string& name) {
    ASSERT_TRUE(plane_.Delete(kType, {"default", name}).ok());
  }
  // True once the last thing that the reconciler saw is this.
  bool WaitFor(const std::string& last) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(10),
                             [&] { return !seen_.empty() && seen_.back() == last; });
  }
  // Lets a pause between two attempts to watch pass, until the next request is made.
  void LetItTryAgain(int watches) {
    ASSERT_TRUE(testing::Eventually([&] {
      if (plane_.Requests("GET", "watch=true") >= watches) return true;
      clock_.Advance(seconds(5));
      return false;
    }));
  }
  int Lists() { return plane_.Requests("GET", "limit="); }

  testing::FakeClock clock_;
  testing::InMemoryControlPlane plane_{clock_};
  obs::Registry metrics_;
  Store<Note> store_;
  Reflector<Note> reflector_{plane_.client(), store_};
  Controller controller_{{.name = "Note", .workers = 2},
                         {.reconciler = *this, .metrics = metrics_, .clock = clock_}};
  std::mutex mutex_;  // guards seen_
  std::condition_variable changed_;
  std::vector<std::string> seen_;
  std::jthread thread_;
};

TEST_F(EndToEndTest, FollowsWhatIsThereWhatChangesAndWhatGoes) {
  Create("a", "1");
  Start();
  ASSERT_TRUE(WaitFor("a=1"));
  Write("a", {{"text", "2"}});
  ASSERT_TRUE(WaitFor("a=2"));
  Create("b", "3");
  ASSERT_TRUE(WaitFor("b=3"));
  Delete("a");
  ASSERT_TRUE(WaitFor("a=gone"));
  EXPECT_TRUE(store_.HasSynced());
  EXPECT_EQ(store_.List().size(), 1U);
  EXPECT_EQ(Lists(), 1);
}

TEST_F(EndToEndTest, ListsInPages) {
  for (int i = 0; i < 1203; ++i) Create("n" + std::to_string(i), "x");
  Start();
  while (!store_.HasSynced()) std::this_thread::yield();
  EXPECT_EQ(store_.List().size(), 1203U);
  EXPECT_EQ(Lists(), 3);
}

TEST_F(EndToEndTest, SeesWhatHappenedWhileTheWatchWasCut) {
  Create("a", "1");
  Create("b", "1");
  Start();
  while (plane_.Requests("GET", "watch=true") < 1) std::this_thread::yield();
  plane_.Inject({.method = "GET", .status = 503, .count = 2});
  while (plane_.Requests("GET", "watch=true") + Lists() < 3) {
    plane_.CutWatches();
    std::this_thread::yield();
    clock_.Advance(seconds(1));
  }
  Write("a", {{"text", "2"}});
  Delete("b");
  LetItTryAgain(4);  // the first was cut, two were refused
  while (store_.Get({"default", "b"}) || store_.Get({"default", "a"})->text != "2")
    std::this_thread::yield();
  Write("a", {{"text", "3"}});
  EXPECT_TRUE(WaitFor("a=3"));
  EXPECT_EQ(Lists(), 1) << "the version was still good";
}

TEST_F(EndToEndTest, AServerThatNeverAnswersAWatchIsAskedAgain) {
  plane_.Inject(
      {.method = "GET", .path_contains = "watch=true", .kind = testing::FaultKind::kHang});
  Create("a", "1");
  Start();
  ASSERT_TRUE(WaitFor("a=1"));
  LetItTryAgain(2);
  Write("a", {{"text", "2"}});
  EXPECT_TRUE(WaitFor("a=2"));
  EXPECT_EQ(Lists(), 1);
}

TEST_F(EndToEndTest, AServerThatNeverAnswersAListIsAskedAgain) {
  plane_.Inject({.method = "GET", .path_contains = "limit=", .kind = testing::FaultKind::kHang});
  Create("a", "1");
  Start();
  LetItTryAgain(1);
  EXPECT_TRUE(WaitFor("a=1"));
}

TEST_F(EndToEndTest, ListsAgainWhenTheServerHasForgottenItsVersion) {
  plane_.Inject({.method = "GET", .path_contains = "watch=true", .status = 410});
  Create("a", "1");
  Start();
  ASSERT_TRUE(WaitFor("a=1"));
  LetItTryAgain(2);
  EXPECT_EQ(Lists(), 2);
  Write("a", {{"text", "2"}});
  EXPECT_TRUE(WaitFor("a=2"));
}

TEST_F(EndToEndTest, AWatchThatTheServerEndsGoesOnWhereItWas) {
  Create("a", "1");
  Start();
  ASSERT_TRUE(WaitFor("a=1"));
  while (plane_.Requests("GET", "watch=true") < 1) std::this_thread::yield();
  LetItTryAgain(2);  // past timeoutSeconds
  Write("a", {{"text", "2"}});
  EXPECT_TRUE(WaitFor("a=2"));
  EXPECT_EQ(Lists(), 1);
}

TEST_F(EndToEndTest, AnObjectThatCannotBeDecodedDoesNotStopTheOthers) {
  Create("a", "1");
  Create("b", "1");
  Write("a", {{"bad", "yes"}});
  Start();
  ASSERT_TRUE(WaitFor("b=1"));
  EXPECT_EQ(store_.Get({"default", "a"}), nullptr);
  Write("a", {{"bad", nullptr}, {"text", "2"}});
  EXPECT_TRUE(WaitFor("a=2"));
}

TEST_F(EndToEndTest, StopsAtOnceInTheMiddleOfAWatch) {
  Create("a", "1");
  Start();
  ASSERT_TRUE(WaitFor("a=1"));
  Stop();
  Write("a", {{"text", "2"}});
  EXPECT_EQ(store_.Get({"default", "a"})->text, "1");
}

}  // namespace
}  // namespace vr::runtime
