#include "obs/metrics.h"

#include <gtest/gtest.h>

#include <set>

#include "obs/catalog.h"

namespace vr::obs {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Registry, CountsPerLabelSet) {
  Registry registry;
  registry.Increment(kReconcileTotal, {"VirtualMachine", "success"});
  registry.Increment(kReconcileTotal, {"VirtualMachine", "success"}, 2);
  registry.Increment(kReconcileTotal, {"Provider", "error"});
  const std::string text = registry.Serialize();
  EXPECT_TRUE(Contains(
      text, R"(virtrigaud_manager_reconcile_total{kind="VirtualMachine",outcome="success"} 3)"))
      << text;
  EXPECT_TRUE(
      Contains(text, R"(virtrigaud_manager_reconcile_total{kind="Provider",outcome="error"} 1)"))
      << text;
}

TEST(Registry, GaugesMoveBothWaysAndCanBeRemoved) {
  Registry registry;
  registry.Set(kTasksInflight, {"mock", "default/lab"}, 5);
  registry.Add(kTasksInflight, {"mock", "default/lab"}, -2);
  EXPECT_TRUE(Contains(registry.Serialize(), R"(provider_type="mock"} 3)") ||
              Contains(registry.Serialize(), R"(provider="default/lab",provider_type="mock"} 3)"));
  registry.Remove(kTasksInflight, {"mock", "default/lab"});
  EXPECT_FALSE(Contains(registry.Serialize(), "default/lab"));
}

TEST(Registry, HistogramsUseTheDocumentedBuckets) {
  Registry registry;
  registry.Observe(kRpcLatency, {"mock", "Create"}, 0.02);
  const std::string text = registry.Serialize();
  EXPECT_TRUE(Contains(text, R"(le="0.025"} 1)")) << text;
  EXPECT_TRUE(Contains(text, R"(le="300"} 1)")) << text;
}

TEST(Registry, AWrongNumberOfLabelsIsCountedNotExported) {
  Registry registry;
  registry.Increment(kReconcileTotal, {"VirtualMachine"});
  const std::string text = registry.Serialize();
  EXPECT_FALSE(Contains(text, "virtrigaud_manager_reconcile_total{"));
  EXPECT_TRUE(Contains(text, "metric-labels"));
}

TEST(Registry, ShowsItsOwnMemory) {
  EXPECT_TRUE(Contains(Registry().Serialize(), "process_resident_memory_bytes "));
}

TEST(Catalog, HasEveryDocumentedCoreMetricOnce) {
  std::set<std::string_view> names;
  for (const MetricInfo* metric : Catalog())
    EXPECT_TRUE(names.insert(metric->name).second) << metric->name;
  for (const char* documented : {"virtrigaud_build_info",
                                 "virtrigaud_manager_reconcile_total",
                                 "virtrigaud_manager_reconcile_duration_seconds",
                                 "virtrigaud_queue_depth",
                                 "virtrigaud_vm_operations_total",
                                 "virtrigaud_vm_operations_duration_seconds",
                                 "virtrigaud_vm_reconfigure_total",
                                 "virtrigaud_vm_snapshot_total",
                                 "virtrigaud_vm_clone_total",
                                 "virtrigaud_vm_image_prepare_total",
                                 "virtrigaud_provider_rpc_requests_total",
                                 "virtrigaud_provider_rpc_latency_seconds",
                                 "virtrigaud_provider_tasks_inflight",
                                 "virtrigaud_errors_total",
                                 "virtrigaud_ip_discovery_duration_seconds",
                                 "virtrigaud_circuit_breaker_state",
                                 "virtrigaud_circuit_breaker_failures_total",
                                 "provider_grpc_requests_total",
                                 "provider_grpc_request_duration_seconds",
                                 "provider_vms_total",
                                 "provider_health_status",
                                 "provider_hypervisor_connection_status"}) {
    EXPECT_TRUE(names.contains(documented)) << documented;
  }
}

}  // namespace
}  // namespace vr::obs
