#include "controllers/provider/session.h"

#include <gtest/gtest.h>

#include <atomic>

#include "testing/eventually.h"
#include "testing/fake_hypervisor.h"

namespace vr::controllers {
namespace {

using vr::testing::Eventually;

// Its first stream ends as one does whose server cancels it.
class CutOnce final : public vr::testing::InProcessProvider {
 public:
  CutOnce(const Deps& deps, std::atomic<int>& streams)
      : InProcessProvider(deps), streams_(streams) {}
  Status Watch(const Context& ctx, const std::string& token,
               const rpc::WatchHandler& on_update) override {
    if (++streams_ == 1) return Error{ErrorKind::kCancelled, "the other side went away", {}};
    return InProcessProvider::Watch(ctx, token, on_update);
  }

 private:
  std::atomic<int>& streams_;
};

TEST(ProviderSession, ComesBackAfterAStreamThatThePeerCancelled) {
  vr::testing::FakeHypervisor hypervisor;
  std::atomic<int> streams = 0;
  const vr::testing::InProcessProvider::Deps deps{hypervisor.provider(), hypervisor.tasks(),
                                                  hypervisor.hub()};
  const ProviderSession session(
      {"default", "lab"}, std::make_unique<CutOnce>(deps, streams),
      {[](const kube::Key&) {}, [](const kube::Key&, const std::string&) {},
       [](const kube::Key&, const std::string&) {}},
      SystemClock());
  EXPECT_TRUE(Eventually([&] { return session.health().healthy; }));
  EXPECT_EQ(streams, 2);
}

}  // namespace
}  // namespace vr::controllers
