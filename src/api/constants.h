// Names that users, GitOps tools and dashboards rely on. Nothing of this kind is written anywhere
// else.
#pragma once

namespace vr::api {

// Finalizers, annotations, labels.
inline constexpr const char* kVmFinalizer = "virtualmachine.infra.virtrigaud.io/finalizer";
inline constexpr const char* kProviderFinalizer = "provider.infra.virtrigaud.io/finalizer";
inline constexpr const char* kForceDeleteAnnotation = "virtrigaud.io/force-delete";
inline constexpr const char* kForceSyncAnnotation = "virtrigaud.io/force-sync";
// On a VirtualMachine: the value of {{ .SSHPublicKey }} in the user data of its VMImage.
inline constexpr const char* kSshPublicKeyAnnotation = "virtrigaud.io/ssh-public-key";
inline constexpr const char* kPausedAnnotation = "virtrigaud.io/paused";
inline constexpr const char* kAdoptedLabel = "virtrigaud.io/adopted";
// On the webhook configurations that the manager keeps pointed at itself: "true".
inline constexpr const char* kWebhookLabel = "virtrigaud.io/webhook";

// Condition types of a VirtualMachine.
inline constexpr const char* kReady = "Ready";
inline constexpr const char* kProvisioning = "Provisioning";
inline constexpr const char* kReconfiguring = "Reconfiguring";
inline constexpr const char* kReconfigurePendingPowerCycle = "ReconfigurePendingPowerCycle";
inline constexpr const char* kInSync = "InSync";
inline constexpr const char* kFieldsSupported = "FieldsSupported";

// Condition types of a Provider.
inline constexpr const char* kProviderRuntimeReady = "ProviderRuntimeReady";
inline constexpr const char* kProviderAvailable = "ProviderAvailable";
inline constexpr const char* kTlsConfigured = "TLSConfigured";
inline constexpr const char* kCapabilitiesReported = "CapabilitiesReported";

// Reasons, of conditions and events alike.
inline constexpr const char* kReasonVmReady = "VMReady";
inline constexpr const char* kReasonCreating = "Creating";
inline constexpr const char* kReasonCreated = "Created";
inline constexpr const char* kReasonCreateFailed = "CreateFailed";
inline constexpr const char* kReasonDeleting = "Deleting";
inline constexpr const char* kReasonDeleted = "Deleted";
inline constexpr const char* kReasonDeleteFailed = "DeleteFailed";
inline constexpr const char* kReasonRetained = "Retained";
inline constexpr const char* kReasonForceDeleted = "ForceDeleted";
inline constexpr const char* kReasonPoweringOn = "PoweringOn";
inline constexpr const char* kReasonPoweringOff = "PoweringOff";
inline constexpr const char* kReasonReconfigureStarted = "ReconfigureStarted";
inline constexpr const char* kReasonReconfigured = "Reconfigured";
inline constexpr const char* kReasonReconfigurePowerCycle = "ReconfigurePowerCycle";
inline constexpr const char* kReasonWaitingForDependencies = "WaitingForDependencies";
inline constexpr const char* kReasonTaskInProgress = "TaskInProgress";
inline constexpr const char* kReasonExternallyDeleted = "ExternallyDeleted";
inline constexpr const char* kReasonNotImplemented = "NotImplemented";
inline constexpr const char* kReasonPaused = "Paused";
inline constexpr const char* kReasonInSync = "InSync";
inline constexpr const char* kReasonDrifted = "Drifted";
inline constexpr const char* kReasonAllSupported = "AllFieldsSupported";
inline constexpr const char* kReasonFieldsNotSupported = "FieldsNotSupported";
inline constexpr const char* kReasonDeploymentReady = "DeploymentReady";
inline constexpr const char* kReasonDeploymentError = "DeploymentError";
inline constexpr const char* kReasonProcessRunning = "ProcessRunning";
inline constexpr const char* kReasonExternalEndpoint = "ExternalEndpoint";
inline constexpr const char* kReasonHealthCheckPassed = "HealthCheckPassed";
inline constexpr const char* kReasonHealthCheckFailed = "HealthCheckFailed";
inline constexpr const char* kReasonConnecting = "Connecting";
inline constexpr const char* kReasonLocalSocket = "LocalSocket";
inline constexpr const char* kReasonTlsEnabled = "Enabled";
inline constexpr const char* kReasonTlsDisabled = "ExplicitlyDisabled";
inline constexpr const char* kReasonSecretRefMissing = "SecretRefMissing";
inline constexpr const char* kReasonInUse = "InUse";
inline constexpr const char* kReasonCapabilitiesFetched = "CapabilitiesFetched";
inline constexpr const char* kReasonCapabilitiesUnavailable = "CapabilitiesUnavailable";

// Reasons by error kind (the documented mapping).
inline constexpr const char* kReasonNotFound = "ResourceNotFound";
inline constexpr const char* kReasonValidationError = "ValidationError";
inline constexpr const char* kReasonAuthenticationFailed = "AuthenticationFailed";
inline constexpr const char* kReasonUnsupported = "UnsupportedByProvider";
inline constexpr const char* kReasonProviderError = "ProviderError";
inline constexpr const char* kReasonProviderUnavailable = "ProviderUnavailable";
inline constexpr const char* kReasonRateLimited = "RateLimited";
inline constexpr const char* kReasonTimeout = "Timeout";
inline constexpr const char* kReasonQuotaExceeded = "QuotaExceeded";
inline constexpr const char* kReasonConflict = "Conflict";
inline constexpr const char* kReasonInternalError = "InternalError";

}  // namespace vr::api
