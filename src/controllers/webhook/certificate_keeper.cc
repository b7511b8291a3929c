#include "controllers/webhook/certificate_keeper.h"

#include <pthread.h>

#include <utility>

#include "base/log.h"
#include "kube/watch_pace.h"

namespace vr::controllers {
namespace {

constexpr Duration kBreath = std::chrono::seconds(1);
constexpr Duration kPassLimit = std::chrono::minutes(2);

}  // namespace

CertificateKeeper::CertificateKeeper(Options options, Deps deps)
    : options_(std::move(options)), deps_(std::move(deps)) {}
CertificateKeeper::~CertificateKeeper() { Stop(); }

Status CertificateKeeper::Issue(const SharedCa& shared) {
  VR_ASSIGN_OR_RETURN(const net::LocalCa ca, net::LocalCa::Load(shared.pair, deps_.clock));
  VR_ASSIGN_OR_RETURN(const std::vector<std::string> names, options_.target.Names());
  VR_ASSIGN_OR_RETURN(net::KeyPair issued, ca.IssueServerCert(names, options_.validity));
  VR_RETURN_IF_ERROR(deps_.use(issued));
  serving_ = std::move(issued);
  issuer_pem_ = shared.pair.cert_pem;
  return {};
}

Result<Duration> CertificateKeeper::Pass(const Context& ctx) {
  VR_ASSIGN_OR_RETURN(const SharedCa ca,
                      EnsureCa(ctx, deps_.client, options_.ca, issuer_pem_, deps_.clock));
  const bool first = issuer_pem_.empty();
  const bool same_ca = issuer_pem_ == ca.pair.cert_pem;
  if (first || (same_ca && net::NeedsRenewal(serving_.cert_pem, deps_.clock.WallNow())))
    VR_RETURN_IF_ERROR(Issue(ca));
  VR_ASSIGN_OR_RETURN(const KeptConfigurations kept,
                      KeepConfigurations(ctx, deps_.client, options_.target, ca.Bundle()));
  if (first && kept.found == 0) {
    LogInfo(ctx, "No webhook configuration asks this manager",
            {{"remedy", "kubectl apply -f config/webhook"}});
  }
  if (first || same_ca) return options_.resync;
  if (kept.patched > 0) return kBreath;  // until API servers have heard of it
  VR_RETURN_IF_ERROR(Issue(ca));
  LogInfo(ctx, "Webhook serves with a certificate of the new CA");
  return options_.resync;
}

void CertificateKeeper::Start() {
  const auto stopped_with = [this](const std::stop_token& stop) {
    return Context(stop, deps_.clock);
  };
  threads_.emplace_back([this, stopped_with](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "webhook-certs");
    Run(stopped_with(stop));
  });
  static const kube::ResourceType secrets{"", "v1", "Secret", "secrets", true};
  Follow(secrets,
         {.ns = options_.ca.key.ns, .field_selector = "metadata.name=" + options_.ca.key.name},
         "webhook-secret");
  for (const kube::ResourceType& type : ConfigurationTypes()) {
    Follow(type, {.label_selector = ConfigurationSelector()},
           "webhook-" + type.plural.substr(0, 6));
  }
}

void CertificateKeeper::Stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

void CertificateKeeper::Run(const Context& ctx) {
  Duration next = Duration::zero();
  while (true) {
    {
      std::unique_lock lock(mutex_);
      (void)deps_.clock.WaitUntil(lock, changed_, ctx.stop(), deps_.clock.Now() + next,
                                  [this] { return woken_; });
      woken_ = false;
    }
    if (!ctx.Check().ok()) return;
    const Result<Duration> passed = Pass(ctx.WithTimeout(kPassLimit));
    next = passed ? *passed : passed.error().kind == ErrorKind::kStale ? kBreath : options_.retry;
    if (!passed && passed.error().kind != ErrorKind::kCancelled)
      LogWarn(ctx, "Webhook certificates not kept", {{"error", passed.error().message}});
    // Many changes are one pass; and two managers that disagree do not race.
    if (!ctx.Sleep(kBreath)) return;
  }
}

// Every watch begins with what is there, so nothing is missed between two of them.
void CertificateKeeper::Follow(const kube::ResourceType& type, const kube::WatchOptions& options,
                               std::string name) {
  threads_.emplace_back([this, type, options, name = std::move(name)](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), name.c_str());
    const Context ctx(stop, deps_.clock);
    kube::WatchPace pace;
    bool failing = false;
    while (ctx.Check().ok()) {
      const TimePoint began = deps_.clock.Now();
      const Status watched = deps_.client.Watch(ctx, type, options, [&](const kube::WatchEvent& e) {
        if (e.type != kube::WatchEventType::kBookmark) Wake();
        return Status();
      });
      if (!ctx.Check()) return;
      if (const bool failed = !watched; std::exchange(failing, failed) != failed && failed) {
        LogWarn(ctx, "Watching failed",
                {{"resource", type.plural}, {"error", watched.error().message}});
      }
      if (!ctx.Sleep(pace.After(watched, deps_.clock.Now() - began))) return;
    }
  });
}

void CertificateKeeper::Wake() {
  const std::scoped_lock lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

}  // namespace vr::controllers
