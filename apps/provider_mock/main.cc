// virtrigaud-provider-mock: serves a simulated hypervisor to a manager.
#include <memory>
#include <string>

#include "provider_common/provider_program.h"
#include "providers/mock/mock_provider.h"

namespace {

using vr::ErrorKind;
using vr::Result;
using vr::apps::Environment;
using vr::apps::ValueOr;

constexpr auto kFilePatience = std::chrono::seconds(30);
constexpr double kMaxScale = 1000;

const vr::apps::ProviderDescription& Description() {
  static const vr::apps::ProviderDescription kDescription = {
      .program = "virtrigaud-provider-mock",
      .type = "mock",
      .summary = "a simulated hypervisor for demonstrations, development and tests",
      .variables =
          {{"MOCK_STATE_FILE", "", "JSON file that keeps the VMs over restarts; none: in memory"},
           {"MOCK_SAMPLE_VMS", "true", "three VMs of nobody (vm-1 to vm-3) to begin with"},
           {"MOCK_DELAY_SCALE", "1",
            "factor on all simulated delays, 0: none (create 2 s, delete 1 s, power 1 s, "
            "reconfigure 3 s, snapshot 5 s, its delete 2 s, revert 4 s, clone 10 s, image 15 s)"},
           {"MOCK_SLOW_MODE", "false", "true: every call takes 100 to 600 ms longer"},
           {"MOCK_FAILURE_MODE", "",
            "operations that fail, separated by commas: validate, create, delete, power, "
            "reconfigure, describe, list, task_status, snapshot_create, snapshot_delete, "
            "snapshot_revert, clone, image_prepare, all; each may have a rate: create=0.2"},
           {"MOCK_FAILURE_RATE", "1", "how often they fail, 0 to 1"},
           {"MOCK_FAILURE_KIND", "Retryable",
            "with which kind of error, for example QuotaExceeded"},
           {"MOCK_SEED", "1", "of failures by chance and slow calls"}},
      .example =
          "VIRTRIGAUD_PROVIDER_INSECURE=true PROVIDER_LISTEN=127.0.0.1:9443 "
          "MOCK_STATE_FILE=/tmp/mock.json virtrigaud-provider-mock"};
  return kDescription;
}

Result<vr::mock::FailureOptions> ReadFailures(const Environment& environment) {
  vr::mock::FailureOptions failures;
  VR_ASSIGN_OR_RETURN(const double rate,
                      vr::mock::ParseFactor("MOCK_FAILURE_RATE",
                                            ValueOr(environment("MOCK_FAILURE_RATE"), "1"), 1));
  VR_ASSIGN_OR_RETURN(failures.rates,
                      vr::mock::ParseFailureMode(environment("MOCK_FAILURE_MODE"), rate));
  const std::string kind = ValueOr(environment("MOCK_FAILURE_KIND"), "Retryable");
  const auto parsed = vr::ParseErrorKind(kind);
  if (!parsed) {
    return vr::Error{
        ErrorKind::kInvalidSpec, "MOCK_FAILURE_KIND: there is no kind of error '" + kind + "'", {}};
  }
  failures.kind = *parsed;
  VR_ASSIGN_OR_RETURN(
      failures.slow, vr::apps::ParseSwitch("MOCK_SLOW_MODE", environment("MOCK_SLOW_MODE"), false));
  return failures;
}

Result<vr::mock::MockOptions> ReadOptions(const Environment& environment) {
  vr::mock::MockOptions options;
  options.state_file = environment("MOCK_STATE_FILE");
  VR_ASSIGN_OR_RETURN(options.failures, ReadFailures(environment));
  VR_ASSIGN_OR_RETURN(
      options.delay_scale,
      vr::mock::ParseFactor("MOCK_DELAY_SCALE", ValueOr(environment("MOCK_DELAY_SCALE"), "1"),
                            kMaxScale));
  VR_ASSIGN_OR_RETURN(
      options.sample_vms,
      vr::apps::ParseSwitch("MOCK_SAMPLE_VMS", environment("MOCK_SAMPLE_VMS"), true));
  VR_ASSIGN_OR_RETURN(
      const double seed,
      vr::mock::ParseFactor("MOCK_SEED", ValueOr(environment("MOCK_SEED"), "1"), 4294967295.0));
  options.seed = static_cast<uint64_t>(seed);
  return options;
}

class HostedMock final : public vr::apps::HostedProvider {
 public:
  HostedMock(vr::mock::MockOptions options, const vr::apps::ProviderSurroundings& around)
      : provider_(std::move(options), {around.tasks, around.hub, vr::SystemClock()}) {}

  vr::sdk::Provider& provider() override { return provider_; }
  vr::Status Start(const vr::Context& ctx) override {
    return provider_.Start(ctx.WithTimeout(kFilePatience));
  }
  void Stop() override {}

 private:
  vr::mock::MockProvider provider_;
};

}  // namespace

int main(int argc, char** argv) {
  // Its tasks only wait: many may at once.
  return vr::apps::RunProviderProgram(
      argc, argv, Description(), {.threads = 64, .max_queued = 20'000},
      [](const vr::apps::ProviderSurroundings& around)
          -> Result<std::unique_ptr<vr::apps::HostedProvider>> {
        VR_ASSIGN_OR_RETURN(auto options, ReadOptions(around.environment));
        return std::unique_ptr<vr::apps::HostedProvider>(
            std::make_unique<HostedMock>(std::move(options), around));
      });
}
