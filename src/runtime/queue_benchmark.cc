#include <benchmark/benchmark.h>

#include "runtime/queue.h"

namespace vr::runtime {
namespace {

// A change on its way to a worker and back, with so many other keys waiting for their time.
void AddPopDone(benchmark::State& state) {
  WorkQueue queue(SystemClock());
  for (int64_t i = 0; i < state.range(0); ++i)
    queue.AddAfter({"default", "vm-" + std::to_string(i)}, std::chrono::hours(1));
  const kube::Key key{"default", "web"};
  const std::stop_token never;
  for (auto _ : state) {
    queue.Add(key);
    benchmark::DoNotOptimize(queue.Pop(never));
    queue.Done(key);
  }
}
BENCHMARK(AddPopDone)->Arg(0)->Arg(10000);

}  // namespace
}  // namespace vr::runtime
