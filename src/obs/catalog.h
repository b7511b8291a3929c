// Every metric that the project exports, declared once. catalog_test.cc compares the names with the
// documentation.
#pragma once

#include <vector>

#include "obs/metrics.h"

namespace vr::obs {

extern const MetricInfo kBuildInfo;
extern const MetricInfo kReconcileTotal;
extern const MetricInfo kReconcileDuration;
extern const MetricInfo kQueueDepth;
extern const MetricInfo kVmOperations;
extern const MetricInfo kVmOperationDuration;
extern const MetricInfo kVmReconfigures;
extern const MetricInfo kVmSnapshots;
extern const MetricInfo kVmClones;
extern const MetricInfo kVmImagePrepares;
extern const MetricInfo kRpcRequests;
extern const MetricInfo kRpcLatency;
extern const MetricInfo kTasksInflight;
extern const MetricInfo kErrors;
extern const MetricInfo kIpDiscovery;
extern const MetricInfo kBreakerState;
extern const MetricInfo kBreakerFailures;
extern const MetricInfo kWorkqueueAdds;
extern const MetricInfo kWorkqueueRetries;
extern const MetricInfo kEventsDropped;
extern const MetricInfo kWebhookRequests;
extern const MetricInfo kWebhookDuration;
extern const MetricInfo kWebhookCertificateExpiry;
// Of a provider process.
extern const MetricInfo kProviderGrpcRequests;
extern const MetricInfo kProviderGrpcDuration;
extern const MetricInfo kProviderVms;
extern const MetricInfo kProviderHealth;
extern const MetricInfo kProviderHypervisorConnection;

// All of the above.
const std::vector<const MetricInfo*>& Catalog();

}  // namespace vr::obs
