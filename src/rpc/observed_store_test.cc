#include "rpc/observed_store.h"

#include <gtest/gtest.h>

namespace vr::rpc {
namespace {

WatchUpdate Health(const std::string& token = "") {
  return {.kind = WatchUpdate::Kind::kHealth, .resume_token = token};
}
WatchUpdate Vm(const std::string& id, const std::string& owner, PowerState power) {
  WatchUpdate update{.kind = WatchUpdate::Kind::kVm};
  update.vm.id = id;
  update.vm.owner_uid = owner;
  update.vm.power = power;
  return update;
}
WatchUpdate Done(const std::string& token) {
  return {.kind = WatchUpdate::Kind::kSnapshotDone, .resume_token = token};
}

class ObservedStoreTest : public testing::Test {
 protected:
  std::vector<std::string> owners_;
  std::vector<bool> health_;
  ObservedStore store_{[this](const std::string& owner) { owners_.push_back(owner); },
                       [this](bool healthy, const std::string&) { health_.push_back(healthy); }};
};

TEST_F(ObservedStoreTest, IsFreshOnceTheSnapshotIsComplete) {
  store_.Apply(Health());
  store_.Apply(Vm("1", "a", PowerState::kOn));
  EXPECT_FALSE(store_.fresh());
  store_.Apply(Done("r:1"));
  EXPECT_TRUE(store_.fresh());
  EXPECT_EQ(store_.resume_token(), "r:1");
  ASSERT_NE(store_.ByOwner("a"), nullptr);
  EXPECT_EQ(store_.ByOwner("a")->power, PowerState::kOn);
  EXPECT_EQ(owners_, (std::vector<std::string>{"a"}));
}

TEST_F(ObservedStoreTest, ForgetsWhatASecondSnapshotDoesNotHave) {
  store_.Apply(Health());
  store_.Apply(Vm("1", "a", PowerState::kOn));
  store_.Apply(Vm("2", "b", PowerState::kOn));
  store_.Apply(Done("r:1"));
  store_.MarkStale();
  EXPECT_FALSE(store_.fresh());
  owners_.clear();
  store_.Apply(Health());
  store_.Apply(Vm("2", "b", PowerState::kOn));
  store_.Apply(Done("r:2"));
  EXPECT_EQ(store_.ByOwner("a"), nullptr);
  EXPECT_EQ(owners_, (std::vector<std::string>{"a"}));
  EXPECT_EQ(store_.size(), 1U);
}

TEST_F(ObservedStoreTest, KeepsAllWhenTheStreamIsResumed) {
  store_.Apply(Health());
  store_.Apply(Vm("1", "a", PowerState::kOn));
  store_.Apply(Done("r:1"));
  store_.MarkStale();
  store_.Apply(Health("r:1"));
  EXPECT_TRUE(store_.fresh());
  EXPECT_NE(store_.ByOwner("a"), nullptr);
}

TEST_F(ObservedStoreTest, TellsEachChangeOnce) {
  store_.Apply(Health());
  store_.Apply(Done("r:0"));
  store_.Apply(Vm("1", "a", PowerState::kOn));
  store_.Apply(Vm("1", "a", PowerState::kOn));
  store_.Apply(Vm("1", "a", PowerState::kOff));
  EXPECT_EQ(owners_.size(), 2U);
  store_.Apply({.kind = WatchUpdate::Kind::kVmGone, .vm = {.id = "1"}});
  EXPECT_EQ(owners_.size(), 3U);
  EXPECT_EQ(store_.ByOwner("a"), nullptr);
}

TEST_F(ObservedStoreTest, TellsTheOwnerThatLosesAVm) {
  store_.Apply(Health());
  store_.Apply(Vm("1", "a", PowerState::kOn));
  store_.Apply(Done("r:1"));
  owners_.clear();
  store_.Apply(Vm("1", "b", PowerState::kOn));
  EXPECT_EQ(store_.ByOwner("a"), nullptr);
  ASSERT_NE(store_.ByOwner("b"), nullptr);
  EXPECT_EQ(owners_, (std::vector<std::string>{"a", "b"}));
  store_.Apply(Vm("1", "", PowerState::kOn));
  EXPECT_EQ(store_.ByOwner("b"), nullptr);
  EXPECT_EQ(owners_, (std::vector<std::string>{"a", "b", "b"}));
}

TEST_F(ObservedStoreTest, AnOwnersOtherVmStaysWhenItLosesOne) {
  store_.Apply(Health());
  store_.Apply(Vm("1", "a", PowerState::kOn));
  store_.Apply(Vm("2", "a", PowerState::kOn));
  store_.Apply(Done("r:1"));
  store_.Apply(Vm("1", "b", PowerState::kOn));
  ASSERT_NE(store_.ByOwner("a"), nullptr);
  EXPECT_EQ(store_.ByOwner("a")->id, "2");
}

TEST_F(ObservedStoreTest, PassesHealthOn) {
  store_.Apply(Health());
  WatchUpdate sick = Health("r:2");
  sick.healthy = false;
  store_.Apply(sick);
  EXPECT_EQ(health_, (std::vector<bool>{true, false}));
}

}  // namespace
}  // namespace vr::rpc
