// The webhook's certificate authority, in a Secret that all managers share.
#pragma once

#include <string>

#include "base/context.h"
#include "kube/client.h"
#include "net/local_ca.h"

namespace vr::controllers {

struct SharedCa {
  net::KeyPair pair;
  std::string previous_pem;  // certificate of the CA before, while it may still be in use; or empty

  // What an API server has to trust.
  std::string Bundle() const { return pair.cert_pem + previous_pem; }
};

struct CaSecretOptions {
  kube::Key key;
  Duration validity = std::chrono::hours(24 * 365 * 10);
};

// Reads the Secret. One that is missing, damaged or near its end is written anew, with the CA
// before (`known_pem`: the one in use here, if the Secret has none) still in the bundle. Managers
// that do so at the same time agree: who loses the race takes what the winner wrote.
Result<SharedCa> EnsureCa(const Context& ctx, const kube::Client& client,
                          const CaSecretOptions& options, const std::string& known_pem,
                          const Clock& clock);

}  // namespace vr::controllers
