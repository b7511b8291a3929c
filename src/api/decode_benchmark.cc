#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>

#include "api/admission.h"
#include "api/kinds.h"
#include "api/v1beta1.h"

namespace vr::api {
namespace {

using Json = nlohmann::json;

Json Vm() {
  return {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
          {"kind", "VirtualMachine"},
          {"metadata", {{"name", "web"}, {"namespace", "default"}, {"uid", "u"}}},
          {"spec",
           {{"providerRef", {{"name", "lab"}}},
            {"classRef", {{"name", "small"}}},
            {"imageRef", {{"name", "debian"}}},
            {"powerState", "On"},
            {"networks", {{{"name", "front"}, {"ipAddress", "192.0.2.7"}, {"prefix", 24}}}},
            {"disks", {{{"name", "data"}, {"sizeGiB", 20}}}}}}};
}

// What the cache does with each object that it is told of.
void DecodeVirtualMachine(benchmark::State& state) {
  const Json vm = Vm();
  for (auto _ : state) benchmark::DoNotOptimize(kube::ResourceTraits<VirtualMachine>::Decode(vm));
}
BENCHMARK(DecodeVirtualMachine);

// What the API server and the webhook do with each write.
void ValidateVirtualMachine(benchmark::State& state) {
  const KindInfo& kind = *FindKind("VirtualMachine");
  const Json vm = Vm();
  for (auto _ : state) benchmark::DoNotOptimize(Validate(kind, nullptr, vm));
}
BENCHMARK(ValidateVirtualMachine);

void ParseOnly(benchmark::State& state) {  // the baseline: JSON by itself
  const std::string text = Vm().dump();
  for (auto _ : state) benchmark::DoNotOptimize(Json::parse(text));
}
BENCHMARK(ParseOnly);

}  // namespace
}  // namespace vr::api
