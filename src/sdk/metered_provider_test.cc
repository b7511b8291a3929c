#include "sdk/metered_provider.h"

#include <gmock/gmock.h>

#include "testing/fake_hypervisor.h"

namespace vr::sdk {
namespace {

using ::testing::HasSubstr;

TEST(MeteredProvider, CountsCallsByTheirOutcome) {
  testing::FakeHypervisor hypervisor;
  obs::Registry metrics;
  MeteredProvider metered(hypervisor.provider(), metrics, SystemClock());
  hypervisor.FailNext(mock::Operation::kDescribe, {ErrorKind::kUnavailable, "away", {}});
  EXPECT_FALSE(metered.Describe({}, "vm-1").ok());
  EXPECT_TRUE(metered.Describe({}, "vm-1").ok());
  EXPECT_TRUE(metered.Describe({}, "vm-1").ok());
  const std::string text = metrics.Serialize();
  EXPECT_THAT(
      text, HasSubstr(R"(provider_grpc_requests_total{method="Describe",status="Unavailable"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(provider_grpc_requests_total{method="Describe",status="OK"} 2)"));
  EXPECT_THAT(text,
              HasSubstr(R"(provider_grpc_request_duration_seconds_count{method="Describe"} 3)"));
}

TEST(RecordHub, TellsVmsByPowerAndWhetherTheHypervisorAnswers) {
  testing::FakeHypervisor hypervisor;
  obs::Registry metrics;
  hypervisor.AddForeignVm("one");
  hypervisor.PowerBehindOurBack(hypervisor.AddForeignVm("two"), PowerOp::kOn);
  hypervisor.SetHealthy(false, "away");
  RecordHub(hypervisor.hub(), "default/lab", "mock://", metrics);
  const std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(provider_vms_total{state="on"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(provider_vms_total{state="off"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(provider_health_status{provider="default/lab"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(provider_hypervisor_connection_status{endpoint="mock://"} 0)"));
  hypervisor.SetHealthy(true);
  RecordHub(hypervisor.hub(), "default/lab", "mock://", metrics);
  EXPECT_THAT(metrics.Serialize(),
              HasSubstr(R"(provider_health_status{provider="default/lab"} 1)"));
}

}  // namespace
}  // namespace vr::sdk
