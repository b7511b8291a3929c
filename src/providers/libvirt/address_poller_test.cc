#include "providers/libvirt/address_poller.h"

#include <gtest/gtest.h>

#include <future>

#include "testing/eventually.h"
#include "testing/fake_clock.h"

namespace vr::libvirt {
namespace {

using std::chrono::seconds;
using ::vr::testing::Eventually;

// Answers with `answer_`, and remembers when it was asked about whom.
class AddressPollerTest : public ::testing::Test {
 protected:
  struct Asked {
    std::string uuid;
    Duration when;
    bool agent;
  };
  AddressPollerTest() { poller_.Start(); }
  ~AddressPollerTest() override { poller_.Stop(); }

  Result<AddressReport> Answer(const std::string& uuid, bool ask_agent) {
    const std::lock_guard lock(mutex_);
    asked_.push_back({uuid, clock_.Now() - start_, ask_agent});
    Result<AddressReport> answer = answer_;
    if (answer && !ask_agent) answer->agent_silent = false;
    return answer;
  }
  void Say(Result<AddressReport> answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  // Waits for that many questions in all, moving the clock.
  std::vector<Asked> WaitForQuestions(size_t count) {
    std::vector<Asked> asked;
    EXPECT_TRUE(Eventually([&] {
      const bool idle = clock_.Waiters() == 1;  // looked at first: then no question is on its way
      {
        const std::lock_guard lock(mutex_);
        asked = asked_;
      }
      if (asked.size() < count && idle) clock_.AdvanceToNextDeadline();
      return asked.size() >= count;
    }));
    return asked;
  }
  static AddressReport Known(const std::string& address) {
    return {.leases = {{"mac", {address}}}, .arp = {}, .all_known = true};
  }

  testing::FakeClock clock_;
  const TimePoint start_ = clock_.Now();
  std::mutex mutex_;  // guards the next three
  std::vector<Asked> asked_;
  Result<AddressReport> answer_ = AddressReport{};
  std::vector<std::string> changed_;
  AddressBook book_;
  AddressPoller poller_{[this](const Context&, const std::string& uuid, bool ask_agent) {
                          return Answer(uuid, ask_agent);
                        },
                        book_, clock_,
                        [this](const std::string& uuid) {
                          const std::lock_guard lock(mutex_);
                          changed_.push_back(uuid);
                        }};
};

TEST_F(AddressPollerTest, AsksOftenUntilAllIsKnownThenOnceAMinute) {
  poller_.Watch("vm");
  const auto searching = WaitForQuestions(3);
  EXPECT_EQ(searching[0].when, seconds(0));
  EXPECT_LE(searching[2].when, seconds(3));
  Say(Known("10.0.0.2"));
  const Duration found = WaitForQuestions(4)[3].when;
  EXPECT_EQ(WaitForQuestions(5)[4].when - found, seconds(60));
  EXPECT_EQ(book_.Get("vm"), (AddressesByMac{{"mac", {"10.0.0.2"}}}));
  Say(Known("10.0.0.3"));  // another lease
  WaitForQuestions(7);
  EXPECT_EQ(book_.Get("vm"), (AddressesByMac{{"mac", {"10.0.0.3"}}}));
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(changed_, (std::vector<std::string>{"vm", "vm"})) << "once for each change";
}

TEST_F(AddressPollerTest, AsksAtOnceWhenSomethingHappenedToTheGuest) {
  Say(Known("10.0.0.2"));
  poller_.Watch("vm");
  WaitForQuestions(1);
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  poller_.AskNow("vm");
  EXPECT_TRUE(Eventually([&] {
    const std::lock_guard lock(mutex_);
    return asked_.size() == 2;
  })) << "and the clock stands still";
}

TEST_F(AddressPollerTest, AsksASilentAgentEverLessOftenButTheOthersStill) {
  Say(AddressReport{.agent_silent = true, .leases = {}, .arp = {}});
  poller_.Watch("vm");
  size_t of_agent = 0;
  for (const Asked& asked : WaitForQuestions(60)) of_agent += asked.agent ? 1 : 0;
  EXPECT_GE(of_agent, 3u);
  EXPECT_LE(of_agent, 15u);
}

// The calls are those that the monitor makes between two power events.
TEST_F(AddressPollerTest, TakesNewsWhileAGuestDoesNotAnswer) {
  std::promise<void> asked;
  std::promise<void> answer;
  AddressPoller poller(
      [&](const Context&, const std::string& uuid, bool) -> Result<AddressReport> {
        if (uuid != "silent") return Known("10.0.0.3");
        asked.set_value();
        answer.get_future().wait();
        return Known("10.0.0.2");
      },
      book_, clock_, [](const std::string&) {});
  poller.Start();
  poller.Watch("silent");
  asked.get_future().wait();
  poller.Watch("other");
  poller.AskNow("other");
  poller.Forget("silent");
  answer.set_value();
  EXPECT_TRUE(Eventually([&] { return !book_.Get("other").empty(); }));
  EXPECT_TRUE(book_.Get("silent").empty()) << "it was switched off before it answered";
}

TEST_F(AddressPollerTest, ForgetsTheAddressesOfAGuestThatWasSwitchedOff) {
  Say(Known("10.0.0.2"));
  poller_.WatchOnly({"vm", "other"});
  WaitForQuestions(2);
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  poller_.WatchOnly({"other"});
  EXPECT_TRUE(book_.Get("vm").empty());
  EXPECT_FALSE(book_.Get("other").empty());
  size_t before = 0;
  {
    const std::lock_guard lock(mutex_);
    before = asked_.size();
  }
  const auto asked = WaitForQuestions(before + 3);  // the first may have been under way
  EXPECT_EQ(asked[before + 1].uuid, "other");
  EXPECT_EQ(asked[before + 2].uuid, "other");
}

}  // namespace
}  // namespace vr::libvirt
