#include "controllers/workers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "rpc/resilient_client.h"
#include "testing/eventually.h"
#include "testing/fake_clock.h"
#include "testing/fake_hypervisor.h"

namespace vr::controllers {
namespace {

using vr::testing::Eventually;

// Accepts a Describe and never answers.
class HungProvider final : public testing::InProcessProvider {
 public:
  HungProvider(const Deps& deps, std::atomic<int>& calls)
      : InProcessProvider(deps), calls_(calls) {}
  Result<rpc::DescribeResult> Describe(const Context& ctx, const std::string&) override {
    ++calls_;
    const Status ended = ctx.Sleep(std::chrono::hours(1));
    --calls_;
    return ended.error();
  }

 private:
  std::atomic<int>& calls_;
};

// VMs of hung providers and of one that is well. A pass asks the provider that the key's namespace
// names, as the VirtualMachine reconciler does.
class WorkersTest : public ::testing::TestWithParam<int>, public runtime::Reconciler {
 protected:
  void AddProvider(const std::string& name, std::unique_ptr<rpc::ProviderClient> client) {
    providers_[name] =
        rpc::MakeResilientClient(std::move(client),
                                 {.provider_type = "mock",
                                  .provider = name,
                                  .config = {.rate_limit = {.qps = 1000, .burst = 1000}},
                                  .slots = CallSlots(GetParam())},
                                 metrics_, clock_);
  }
  Result<runtime::Outcome> Reconcile(const Context& ctx, const kube::Key& key) override {
    const auto vm = providers_.at(key.ns)->Describe(ctx, key.name);
    if (!vm && vm.error().kind == ErrorKind::kRateLimit)
      return runtime::RequeueAfter(*vm.error().retry_after);
    if (!vm) return vm.error();
    served_ = true;
    return runtime::Done();
  }

  testing::FakeClock clock_;
  testing::FakeHypervisor hypervisor_;
  const testing::InProcessProvider::Deps deps_{hypervisor_.provider(), hypervisor_.tasks(),
                                               hypervisor_.hub()};
  obs::Registry metrics_;
  std::map<std::string, std::unique_ptr<rpc::ProviderClient>> providers_;
  std::atomic<int> hung_ = 0;
  std::atomic<bool> served_ = false;
};

TEST_P(WorkersTest, AHealthyProviderIsServedWhileOthersHang) {
  const int workers = GetParam();
  for (int i = 0; i < kHungProviders; ++i)
    AddProvider("hung-" + std::to_string(i), std::make_unique<HungProvider>(deps_, hung_));
  AddProvider("well", std::make_unique<testing::InProcessProvider>(deps_));
  runtime::Controller controller(VmWorkers(workers), {*this, metrics_, clock_});
  for (int i = 0; i < kHungProviders; ++i) {
    for (int vm = 0; vm < 2 * CallSlots(workers); ++vm)
      controller.queue().Add({"hung-" + std::to_string(i), "vm-" + std::to_string(vm)});
  }
  controller.queue().Add({"well", "vm"});
  controller.Start();
  const int most = kHungProviders * CallSlots(workers);
  // Each round the hung calls get a worker's seat each, and lose it; far from their deadlines.
  for (int hung = workers; hung < most + workers && !served_; hung += workers) {
    ASSERT_TRUE(Eventually([&] { return served_ || hung_ == std::min(hung, most); }));
    clock_.Advance(std::chrono::milliseconds(2001));
  }
  EXPECT_TRUE(Eventually([&] { return served_.load(); }));
  EXPECT_LE(hung_, most);
}

INSTANTIATE_TEST_SUITE_P(WorkersPerKind, WorkersTest, ::testing::Values(2, 10));

}  // namespace
}  // namespace vr::controllers
