#include "obs/catalog.h"

namespace vr::obs {
namespace {

// The documented buckets, in seconds.
const std::vector<double> kSeconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                      2.5,   5,    10,    30,   60,  120,  300};

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;
constexpr MetricType kHistogram = MetricType::kHistogram;

}  // namespace

const MetricInfo kBuildInfo{"virtrigaud_build_info",
                            kGauge,
                            {"version", "git_sha", "compiler", "component"},
                            "Always 1; what is running"};
const MetricInfo kReconcileTotal{"virtrigaud_manager_reconcile_total",
                                 kCounter,
                                 {"kind", "outcome"},
                                 "Reconciles by outcome: success, error or requeue"};
const MetricInfo kReconcileDuration{"virtrigaud_manager_reconcile_duration_seconds",
                                    kHistogram,
                                    {"kind"},
                                    "Time of one reconcile",
                                    kSeconds};
const MetricInfo kQueueDepth{
    "virtrigaud_queue_depth", kGauge, {"kind"}, "Objects that wait for a worker"};
const MetricInfo kVmOperations{"virtrigaud_vm_operations_total",
                               kCounter,
                               {"operation", "provider_type", "provider", "outcome"},
                               "VM operations sent to providers"};
const MetricInfo kVmOperationDuration{"virtrigaud_vm_operations_duration_seconds",
                                      kHistogram,
                                      {"operation", "provider_type"},
                                      "Time of the call that starts a VM operation",
                                      kSeconds};
const MetricInfo kVmReconfigures{"virtrigaud_vm_reconfigure_total",
                                 kCounter,
                                 {"provider_type", "outcome"},
                                 "VM reconfigurations"};
const MetricInfo kVmSnapshots{"virtrigaud_vm_snapshot_total",
                              kCounter,
                              {"action", "provider_type", "outcome"},
                              "Snapshot operations"};
const MetricInfo kVmClones{"virtrigaud_vm_clone_total",
                           kCounter,
                           {"linked", "provider_type", "outcome"},
                           "Clone operations"};
const MetricInfo kVmImagePrepares{"virtrigaud_vm_image_prepare_total",
                                  kCounter,
                                  {"provider_type", "outcome"},
                                  "Image preparations"};
const MetricInfo kRpcRequests{"virtrigaud_provider_rpc_requests_total",
                              kCounter,
                              {"provider_type", "method", "code"},
                              "Calls to providers by gRPC status code"};
const MetricInfo kRpcLatency{"virtrigaud_provider_rpc_latency_seconds",
                             kHistogram,
                             {"provider_type", "method"},
                             "Time of one call to a provider",
                             kSeconds};
const MetricInfo kTasksInflight{"virtrigaud_provider_tasks_inflight",
                                kGauge,
                                {"provider_type", "provider"},
                                "Provider tasks that are awaited"};
const MetricInfo kErrors{
    "virtrigaud_errors_total", kCounter, {"reason", "component"}, "Errors by reason"};
const MetricInfo kIpDiscovery{"virtrigaud_ip_discovery_duration_seconds",
                              kHistogram,
                              {"provider_type"},
                              "Time from power-on to the first IP address",
                              kSeconds};
const MetricInfo kBreakerState{"virtrigaud_circuit_breaker_state",
                               kGauge,
                               {"provider_type", "provider"},
                               "0 closed, 1 open, 2 half-open"};
const MetricInfo kBreakerFailures{"virtrigaud_circuit_breaker_failures_total",
                                  kCounter,
                                  {"provider_type", "provider"},
                                  "Failed calls that the circuit breaker counted"};
const MetricInfo kWorkqueueAdds{
    "workqueue_adds_total", kCounter, {"name"}, "Keys added to a work queue"};
const MetricInfo kWorkqueueRetries{
    "workqueue_retries_total", kCounter, {"name"}, "Keys that were put back after an error"};
const MetricInfo kEventsDropped{"virtrigaud_events_dropped_total",
                                kCounter,
                                {"reason"},
                                "Kubernetes Events that were not written: queue-full, rate-limit, "
                                "refused or stopped"};
const MetricInfo kWebhookRequests{"virtrigaud_webhook_requests_total",
                                  kCounter,
                                  {"endpoint", "kind", "outcome"},
                                  "Reviews that the webhook server answered: allowed, denied or "
                                  "malformed"};
const MetricInfo kWebhookDuration{"virtrigaud_webhook_request_duration_seconds",
                                  kHistogram,
                                  {"endpoint"},
                                  "Time to answer a review",
                                  kSeconds};
const MetricInfo kWebhookCertificateExpiry{
    "virtrigaud_webhook_certificate_expiry_timestamp_seconds",
    kGauge,
    {},
    "When the certificate in use ceases to be valid, as Unix time"};
const MetricInfo kProviderGrpcRequests{"provider_grpc_requests_total",
                                       kCounter,
                                       {"method", "status"},
                                       "Calls that this provider answered"};
const MetricInfo kProviderGrpcDuration{"provider_grpc_request_duration_seconds",
                                       kHistogram,
                                       {"method"},
                                       "Time to answer a call",
                                       kSeconds};
const MetricInfo kProviderVms{
    "provider_vms_total", kGauge, {"state"}, "VMs on the hypervisor by power state"};
const MetricInfo kProviderHealth{
    "provider_health_status", kGauge, {"provider"}, "1 when the provider can work"};
const MetricInfo kProviderHypervisorConnection{"provider_hypervisor_connection_status",
                                               kGauge,
                                               {"endpoint"},
                                               "1 while the hypervisor answers"};

const std::vector<const MetricInfo*>& Catalog() {
  static const std::vector<const MetricInfo*> all = {&kBuildInfo,
                                                     &kReconcileTotal,
                                                     &kReconcileDuration,
                                                     &kQueueDepth,
                                                     &kVmOperations,
                                                     &kVmOperationDuration,
                                                     &kVmReconfigures,
                                                     &kVmSnapshots,
                                                     &kVmClones,
                                                     &kVmImagePrepares,
                                                     &kRpcRequests,
                                                     &kRpcLatency,
                                                     &kTasksInflight,
                                                     &kErrors,
                                                     &kIpDiscovery,
                                                     &kBreakerState,
                                                     &kBreakerFailures,
                                                     &kWorkqueueAdds,
                                                     &kWorkqueueRetries,
                                                     &kEventsDropped,
                                                     &kWebhookRequests,
                                                     &kWebhookDuration,
                                                     &kWebhookCertificateExpiry,
                                                     &kProviderGrpcRequests,
                                                     &kProviderGrpcDuration,
                                                     &kProviderVms,
                                                     &kProviderHealth,
                                                     &kProviderHypervisorConnection};
  return all;
}

}  // namespace vr::obs
