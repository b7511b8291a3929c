#include <benchmark/benchmark.h>

#include <filesystem>

#include "base/random.h"
#include "controlplane/storage.h"

namespace vr::controlplane {
namespace {

const std::string kBody =
    R"({"metadata":{"uid":"u"},"spec":{"text":")" + std::string(2000, 'x') + "\"}}";

Status Put(Storage& storage, const std::string& name) {
  const auto stored = storage.Modify("vms", {"default", name}, [](const StoredPtr&, uint64_t) {
    return Result<std::optional<Write>>(Write{kBody, "u", {}, false});
  });
  return stored ? Status() : Status(stored.error());
}

// A write to memory alone: what is not the disk's.
void WriteInMemory(benchmark::State& state) {
  const auto storage = Storage::Open({}).value();
  int64_t i = 0;
  for (auto _ : state) {
    if (!Put(*storage, std::to_string(++i % 10000))) state.SkipWithError("write failed");
  }
}
BENCHMARK(WriteInMemory);

// The same with fsync on the disk of the temporary folder.
void WriteToDisk(benchmark::State& state) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("storage-" + RandomHex(8) + ".db");
  {
    const auto storage = Storage::Open({.path = file.string()}).value();
    int64_t i = 0;
    for (auto _ : state) {
      if (!Put(*storage, std::to_string(++i % 10000))) state.SkipWithError("write failed");
    }
  }
  std::filesystem::remove(file);
}
BENCHMARK(WriteToDisk);

void ListTenThousand(benchmark::State& state) {
  const auto storage = Storage::Open({}).value();
  for (int i = 0; i < 10000; ++i) {
    if (!Put(*storage, std::to_string(i))) state.SkipWithError("write failed");
  }
  for (auto _ : state) benchmark::DoNotOptimize(storage->List("vms", ""));
}
BENCHMARK(ListTenThousand)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vr::controlplane
