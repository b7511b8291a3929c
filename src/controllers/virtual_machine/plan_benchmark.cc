#include <benchmark/benchmark.h>

#include "controllers/virtual_machine/plan.h"

namespace vr::controllers {
namespace {

void PlanOfAVmAtRest(benchmark::State& state) {
  const VmDesired desired{.has_finalizer = true, .cpus = 2, .memory_mib = 2048};
  const VmObserved observed{.presence = Presence::kPresent,
                            .was_made = true,
                            .power = rpc::PowerState::kOn,
                            .cpus = 2,
                            .memory_mib = 2048};
  for (auto _ : state) benchmark::DoNotOptimize(Plan(desired, observed));
}
BENCHMARK(PlanOfAVmAtRest);

}  // namespace
}  // namespace vr::controllers
