#include "controllers/provider/reconciler.h"

#include "controllers/controllers_fixture.h"

namespace vr::controllers {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// Remembers what it was asked for, and answers what the test says.
class FakeRuntime final : public ProviderRuntime {
 public:
  RuntimeStatus Ensure(const RuntimeRequest& request) override {
    requests[request.provider] = request;
    return status;
  }
  std::optional<RuntimeStatus> Find(const kube::Key& provider) const override {
    return requests.contains(provider) ? std::optional(status) : std::nullopt;
  }
  bool Remove(const kube::Key& provider) override {
    if (!stubborn) requests.erase(provider);
    return !stubborn;
  }

  bool stubborn = false;  // what is removed does not end
  std::map<kube::Key, RuntimeRequest> requests;
  RuntimeStatus status{
      .phase = RuntimePhase::kRunning, .message = "process 7", .address = "unix:/run/lab.sock"};
};

class ProviderReconcilerTest : public ::testing::Test {
 protected:
  void CreateProvider(const Json& more = Json::object()) {
    Json spec = {{"type", "mock"}};
    spec.update(more);
    world_.Create(Object("Provider", "lab", spec));
  }
  Result<runtime::Outcome> Reconcile() {
    world_.Refresh();
    return ReconcileAsCached();
  }
  Result<runtime::Outcome> ReconcileAsCached() {
    ProviderReconciler reconciler({.client = world_.api.client(),
                                   .providers = world_.stores.providers,
                                   .vms = world_.stores.vms,
                                   .runtime = runtime_,
                                   .pool = world_.pool,
                                   .events = world_.events,
                                   .clock = SystemClock(),
                                   .wrote = [](const kube::Key&, const std::string&) {}});
    return reconciler.Reconcile(Context().WithTimeout(std::chrono::seconds(20)), key_);
  }
  void ReconcileTwice() {  // the finalizer, then the rest
    ASSERT_TRUE(Reconcile().ok());
    ASSERT_TRUE(Reconcile().ok());
  }
  std::unique_ptr<api::Provider> Provider() { return world_.Stored<api::Provider>(key_); }
  bool Hears() {
    return Eventually([&] {
      const auto session = world_.pool.Find(key_);
      return session && session->health().known;
    });
  }

  const kube::Key key_{"default", "lab"};
  World world_;
  FakeRuntime runtime_;
};

TEST_F(ProviderReconcilerTest, ShowsWhatIsWrongWithTheSpecInsteadOfRunningTheProgram) {
  CreateProvider();
  world_.Refresh();
  world_.SmuggleIn(world_.stores.providers, key_, {{"spec", {{"type", "abacus"}}}});
  ASSERT_TRUE(ReconcileAsCached().ok());
  EXPECT_TRUE(runtime_.requests.empty());
  const auto provider = Provider();
  EXPECT_EQ(ConditionText(*provider, api::kReady), "False ValidationError");
  EXPECT_EQ(ConditionText(*provider, api::kProviderRuntimeReady), "False ValidationError");
  EXPECT_EQ(provider->status.runtime_phase, "Failed");
  EXPECT_THAT(provider->status.runtime_message, HasSubstr("spec.type"));
  EXPECT_FALSE(provider->meta.HasFinalizer(api::kProviderFinalizer));
}

TEST_F(ProviderReconcilerTest, RunsTheProgramAndReportsWhatItSays) {
  CreateProvider({{"endpoint", "qemu:///system"}});
  ReconcileTwice();
  EXPECT_EQ(runtime_.requests.at(key_).environment.at("PROVIDER_ENDPOINT"), "qemu:///system");
  EXPECT_EQ(runtime_.requests.at(key_).environment.at("PROVIDER_TYPE"), "mock");
  ASSERT_TRUE(Hears());
  ASSERT_TRUE(Reconcile().ok());
  const auto provider = Provider();
  EXPECT_TRUE(provider->status.healthy);
  EXPECT_EQ(provider->status.runtime_phase, "Running");
  EXPECT_EQ(provider->status.runtime_endpoint, "unix:/run/lab.sock");
  EXPECT_EQ(ConditionText(*provider, api::kProviderRuntimeReady), "True ProcessRunning");
  EXPECT_EQ(ConditionText(*provider, api::kProviderAvailable), "True HealthCheckPassed");
  EXPECT_EQ(ConditionText(*provider, api::kReady), "True HealthCheckPassed");
  EXPECT_EQ(ConditionText(*provider, api::kTlsConfigured), "True LocalSocket");
  EXPECT_EQ(ConditionText(*provider, api::kCapabilitiesReported), "True CapabilitiesFetched");
  ASSERT_TRUE(provider->status.capabilities.has_value());
  EXPECT_TRUE(provider->status.capabilities->snapshots);
  EXPECT_THAT(world_.events.Reasons(), Contains("default/lab HealthCheckPassed"));
}

TEST_F(ProviderReconcilerTest, WritesNothingWhenNothingChanged) {
  CreateProvider();
  ReconcileTwice();
  ASSERT_TRUE(Hears());
  ASSERT_TRUE(Reconcile().ok());
  const int writes = world_.api.Requests("PATCH", "");
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(world_.api.Requests("PATCH", ""), writes);
}

TEST_F(ProviderReconcilerTest, ShowsWhyTheProgramDoesNotRun) {
  runtime_.status = {.phase = RuntimePhase::kFailed,
                     .message = "the provider process exited with code 1: no such host",
                     .address = "unix:/run/lab.sock"};
  CreateProvider();
  ReconcileTwice();
  EXPECT_EQ(ConditionText(*Provider(), api::kProviderRuntimeReady), "False DeploymentError");
  EXPECT_EQ(ConditionText(*Provider(), api::kProviderAvailable), "False HealthCheckFailed");
  EXPECT_THAT(Provider()->status.runtime_message, HasSubstr("no such host"));
}

TEST_F(ProviderReconcilerTest, ShowsThatTheHypervisorIsAway) {
  CreateProvider();
  ReconcileTwice();
  ASSERT_TRUE(Hears());
  ASSERT_TRUE(Reconcile().ok());
  world_.hypervisor.SetHealthy(false, "libvirtd does not answer");
  ASSERT_TRUE(Eventually([&] { return !world_.pool.Find(key_)->health().healthy; }));
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_FALSE(Provider()->status.healthy);
  EXPECT_EQ(ConditionText(*Provider(), api::kProviderAvailable), "False HealthCheckFailed");
  EXPECT_THAT(world_.events.Reasons(), Contains("default/lab HealthCheckFailed"));
}

TEST_F(ProviderReconcilerTest, HandsCredentialsToTheProgramAlone) {
  CreateProvider({{"credentialSecretRef", {{"name", "login"}}}});
  ReconcileTwice();
  EXPECT_TRUE(runtime_.requests.empty());
  EXPECT_THAT(Provider()->status.runtime_message, HasSubstr("Secret default/login not found"));
  world_.Create({{"apiVersion", "v1"},
                 {"kind", "Secret"},
                 {"metadata", {{"name", "login"}, {"namespace", "default"}}},
                 {"stringData", {{"password", "hunter2"}}}});
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(runtime_.requests.at(key_).credentials.at("password"), "hunter2");
  const auto json = world_.api.Get(TypeOf<api::Provider>(), key_);
  EXPECT_EQ(json->dump().find("hunter2"), std::string::npos);
}

TEST_F(ProviderReconcilerTest, ALocalProviderGoesOnWhileItsSecretCannotBeRead) {
  world_.Create({{"apiVersion", "v1"},
                 {"kind", "Secret"},
                 {"metadata", {{"name", "login"}, {"namespace", "default"}}},
                 {"stringData", {{"password", "hunter2"}}}});
  CreateProvider({{"credentialSecretRef", {{"name", "login"}}}});
  ReconcileTwice();
  ASSERT_TRUE(Hears());
  for (const int refusal : {503, 403}) {
    world_.api.Inject({.method = "GET", .path_contains = "/secrets/login", .status = refusal});
    const auto outcome = Reconcile();
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->requeue_after, std::chrono::seconds(30)) << "it is tried again soon";
    EXPECT_TRUE(Provider()->status.healthy);
    EXPECT_EQ(Provider()->status.runtime_phase, "Running");
    EXPECT_THAT(Provider()->status.runtime_message, HasSubstr("spec.credentialSecretRef"));
    EXPECT_EQ(runtime_.requests.at(key_).credentials.at("password"), "hunter2");
  }
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(Provider()->status.runtime_message, "process 7");
}

TEST_F(ProviderReconcilerTest, AnExternalProviderKeepsItsSessionWhileItsSecretCannotBeRead) {
  world_.Create({{"apiVersion", "v1"},
                 {"kind", "Secret"},
                 {"metadata", {{"name", "tls"}, {"namespace", "default"}}},
                 {"stringData", {{"ca.crt", "PEM"}}}});
  CreateProvider({{"endpoint", "grpc://vms.example.com:9443"},
                  {"runtime", {{"service", {{"tls", {{"secretRef", {{"name", "tls"}}}}}}}}}});
  ReconcileTwice();
  ASSERT_TRUE(Hears());
  const auto session = world_.pool.Find(key_);
  ASSERT_NE(session, nullptr);
  world_.api.Inject({.method = "GET", .path_contains = "/secrets/tls", .status = 503});
  const auto outcome = Reconcile();
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->requeue_after, std::chrono::seconds(30));
  EXPECT_EQ(world_.pool.Find(key_), session);
  EXPECT_TRUE(Provider()->status.healthy);
  EXPECT_EQ(Provider()->status.runtime_endpoint, "vms.example.com:9443");
  EXPECT_EQ(ConditionText(*Provider(), api::kTlsConfigured), "True Enabled");
  ASSERT_TRUE(world_.api.Delete({"", "v1", "Secret", "secrets", true}, {"default", "tls"}).ok());
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(world_.pool.Find(key_), nullptr) << "without its Secret nobody knows whom to trust";
}

TEST_F(ProviderReconcilerTest, StaysUntilItsProcessHasEnded) {
  CreateProvider();
  ReconcileTwice();
  ASSERT_TRUE(world_.api.Delete(TypeOf<api::Provider>(), key_).ok());
  runtime_.stubborn = true;
  const auto outcome = Reconcile();
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->requeue_after.has_value());
  ASSERT_NE(Provider(), nullptr);
  runtime_.stubborn = false;
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(Provider(), nullptr);
}

TEST_F(ProviderReconcilerTest, WantsADecisionAboutTlsForAnExternalEndpoint) {
  CreateProvider({{"endpoint", "grpc://vms.example.com:9443"}});
  ReconcileTwice();
  EXPECT_EQ(ConditionText(*Provider(), api::kTlsConfigured), "False SecretRefMissing");
  EXPECT_EQ(world_.pool.Find(key_), nullptr);
  const Json plaintext = {{"spec", {{"runtime", {{"service", {{"tls", {{"enabled", false}}}}}}}}}};
  ASSERT_TRUE(world_.api.Patch(TypeOf<api::Provider>(), key_, plaintext).ok());
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(ConditionText(*Provider(), api::kTlsConfigured), "False ExplicitlyDisabled");
  EXPECT_EQ(ConditionText(*Provider(), api::kProviderRuntimeReady), "True ExternalEndpoint");
  EXPECT_NE(world_.pool.Find(key_), nullptr);
  EXPECT_TRUE(runtime_.requests.empty()) << "nothing runs here";
}

TEST_F(ProviderReconcilerTest, StaysUntilItsVmsAreGone) {
  CreateProvider();
  ReconcileTwice();
  Json vm = Object("VirtualMachine", "web",
                   {{"providerRef", {{"name", "lab"}}},
                    {"classRef", {{"name", "small"}}},
                    {"imageRef", {{"name", "tiny"}}}});
  vm["metadata"]["finalizers"] = {api::kVmFinalizer};
  world_.Create(vm);
  ASSERT_TRUE(world_.api.Delete(TypeOf<api::Provider>(), key_).ok());
  ASSERT_TRUE(Reconcile().ok());
  ASSERT_NE(Provider(), nullptr);
  EXPECT_FALSE(runtime_.requests.empty()) << "its VMs need it to be deleted";
  EXPECT_THAT(world_.events.Reasons(), Contains("default/lab InUse"));
  world_.PatchVm({{"metadata", {{"finalizers", nullptr}}}});
  ASSERT_TRUE(world_.api.Delete(TypeOf<api::VirtualMachine>(), World::kVm).ok());
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(Provider(), nullptr);
  EXPECT_TRUE(runtime_.requests.empty());
  EXPECT_EQ(world_.pool.Find(key_), nullptr);
}

TEST_F(ProviderReconcilerTest, NamesSettingsThatHaveNoEffect) {
  CreateProvider({{"runtime", {{"image", "provider:1"}}}});
  ReconcileTwice();
  EXPECT_EQ(ConditionText(*Provider(), api::kFieldsSupported), "False FieldsNotSupported");
  ASSERT_TRUE(
      world_.api.Patch(TypeOf<api::Provider>(), key_, {{"spec", {{"runtime", nullptr}}}}).ok());
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(ConditionText(*Provider(), api::kFieldsSupported), "True AllFieldsSupported");
}

TEST_F(ProviderReconcilerTest, AStaleCacheOverwritesNoStatusAndLooksAgain) {
  CreateProvider();
  ReconcileTwice();
  world_.Refresh();
  runtime_.status.message = "process 8";  // something to write
  const Json by_another = {{"status", {{"version", "9"}, {"conditions", nullptr}}}};
  ASSERT_TRUE(world_.api.Patch(TypeOf<api::Provider>(), key_, by_another, "status").ok());
  const auto outcome = ReconcileAsCached();
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->requeue_after, Duration::zero());
  EXPECT_EQ(Provider()->status.version, "9");
  EXPECT_TRUE(Provider()->status.conditions.empty());
}

TEST_F(ProviderReconcilerTest, CountsItsVms) {
  CreateProvider();
  ReconcileTwice();
  world_.CreateVm();
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(Provider()->status.connected_vms, 1);
}

}  // namespace
}  // namespace vr::controllers
