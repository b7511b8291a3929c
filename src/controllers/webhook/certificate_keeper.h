// CertificateKeeper: the webhook's own certificates, and an API server that trusts them.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "controllers/webhook/ca_secret.h"
#include "controllers/webhook/client_config.h"

namespace vr::controllers {

// Every manager issues its own server certificate from the shared CA, and renews it after two
// thirds of its life. Follows the Secret and the configurations, so that a new CA is taken over and
// a configuration that somebody reset is mended. Threads: one for the passes, one for each of the
// three watches. Start and Stop by one thread.
class CertificateKeeper {
 public:
  struct Options {
    CaSecretOptions ca;
    WebhookTarget target;
    Duration validity = std::chrono::hours(24 * 90);  // of a server certificate
    Duration resync = std::chrono::minutes(5);        // the safety net under watches
    Duration retry = std::chrono::seconds(10);
  };
  // All outlive the keeper.
  struct Deps {
    const kube::Client& client;
    const Clock& clock;
    std::function<Status(const net::KeyPair&)> use;  // serve with it from now on
  };

  CertificateKeeper(Options options, Deps deps);
  ~CertificateKeeper();  // Stop()
  CertificateKeeper(const CertificateKeeper&) = delete;
  CertificateKeeper& operator=(const CertificateKeeper&) = delete;

  // One pass, on this thread; before Start. Returns when the next one is due. A certificate of a
  // new CA is used only after the pass that finds it trusted, so that no review is lost.
  Result<Duration> Pass(const Context& ctx);

  void Start();
  void Stop();

 private:
  Status Issue(const SharedCa& ca);
  void Run(const Context& ctx);
  void Follow(const kube::ResourceType& type, const kube::WatchOptions& options, std::string name);
  void Wake();

  const Options options_;
  const Deps deps_;
  net::KeyPair serving_;    // used by passes alone
  std::string issuer_pem_;  // of serving_; the same
  std::mutex mutex_;        // guards woken_
  std::condition_variable_any changed_;
  bool woken_ = false;
  std::vector<std::jthread> threads_;  // last: they use all above
};

}  // namespace vr::controllers
