#include "sdk/watch_hub.h"

#include <gtest/gtest.h>

namespace vr::sdk {
namespace {

using Kind = rpc::WatchUpdate::Kind;

rpc::VmState Vm(const std::string& id, rpc::PowerState power = rpc::PowerState::kOn) {
  rpc::VmState vm;
  vm.id = id;
  vm.owner_uid = "uid-" + id;
  vm.power = power;
  return vm;
}

// What a watch tells until nothing is left, and the last token.
struct Heard {
  std::vector<rpc::WatchUpdate> updates;
  std::string token;
  size_t count(Kind kind) const {
    return static_cast<size_t>(std::count_if(updates.begin(), updates.end(),
                                             [&](const auto& u) { return u.kind == kind; }));
  }
};
Heard Listen(WatchHub& hub, const std::string& token, size_t expected) {
  Heard heard;
  const Status ended = hub.Watch(Context().WithTimeout(std::chrono::seconds(10)), token,
                                 [&](const rpc::WatchUpdate& update) -> Status {
                                   heard.updates.push_back(update);
                                   if (!update.resume_token.empty())
                                     heard.token = update.resume_token;
                                   if (heard.updates.size() < expected) return {};
                                   return Error{ErrorKind::kCancelled, "enough", {}};
                                 });
  EXPECT_EQ(ended.error().kind, ErrorKind::kCancelled);
  return heard;
}

TEST(WatchHub, BeginsWithASnapshot) {
  WatchHub hub;
  hub.PublishVm(Vm("1"));
  hub.PublishVm(Vm("2"));
  const Heard heard = Listen(hub, "", 4);
  EXPECT_EQ(heard.updates.front().kind, Kind::kHealth);
  EXPECT_EQ(heard.count(Kind::kVm), 2U);
  EXPECT_EQ(heard.updates.back().kind, Kind::kSnapshotDone);
}

TEST(WatchHub, ResumesWhereTheTokenStands) {
  WatchHub hub;
  hub.PublishVm(Vm("1"));
  const Heard first = Listen(hub, "", 3);
  hub.PublishVm(Vm("1", rpc::PowerState::kOff));
  hub.PublishGone("1", "uid-1");
  const Heard second = Listen(hub, first.token, 3);
  EXPECT_EQ(second.updates[0].kind, Kind::kHealth);
  EXPECT_FALSE(second.updates[0].resume_token.empty());
  EXPECT_EQ(second.updates[1].vm.power, rpc::PowerState::kOff);
  EXPECT_EQ(second.updates[2].kind, Kind::kVmGone);
}

TEST(WatchHub, GivesASnapshotForATokenOfAnotherRun) {
  WatchHub hub;
  hub.PublishVm(Vm("1"));
  const Heard heard = Listen(hub, "other:7", 3);
  EXPECT_TRUE(heard.updates[0].resume_token.empty());
  EXPECT_EQ(heard.updates.back().kind, Kind::kSnapshotDone);
}

TEST(WatchHub, DoesNotSendEqualStatesTwice) {
  WatchHub hub;
  const Heard first = Listen(hub, "", 2);
  hub.PublishVm(Vm("1"));
  hub.PublishVm(Vm("1"));
  hub.PublishVm(Vm("2"));
  const Heard heard = Listen(hub, first.token, 3);
  EXPECT_EQ(heard.updates[1].vm.id, "1");
  EXPECT_EQ(heard.updates[2].vm.id, "2");
}

TEST(WatchHub, ResetTellsTheDifferences) {
  WatchHub hub;
  hub.PublishVm(Vm("1"));
  hub.PublishVm(Vm("2"));
  const Heard first = Listen(hub, "", 4);
  hub.Reset({Vm("2"), Vm("3")});
  const Heard heard = Listen(hub, first.token, 3);
  EXPECT_EQ(heard.updates[1].vm.id, "3");
  EXPECT_EQ(heard.updates[2].kind, Kind::kVmGone);
  EXPECT_EQ(heard.updates[2].vm.id, "1");
}

TEST(WatchHub, EndsWithItsContext) {
  WatchHub hub;
  const Status ended = hub.Watch(Context().WithTimeout(std::chrono::milliseconds(20)), "",
                                 [](const rpc::WatchUpdate&) { return Status(); });
  EXPECT_EQ(ended.error().kind, ErrorKind::kTimeout);
}

}  // namespace
}  // namespace vr::sdk
