// The API server's webhook configurations, kept pointed at this manager.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/context.h"
#include "kube/client.h"

namespace vr::controllers {

// Where the API server finds the webhook: a URL ("https://host:port") or, without one, a Service.
struct WebhookTarget {
  std::string url;
  kube::Key service;

  // What the server's certificate has to be good for.
  Result<std::vector<std::string>> Names() const;
};

// The two kinds of configuration: validating first.
const std::vector<kube::ResourceType>& ConfigurationTypes();

// The label selector of the configurations that are ours.
std::string ConfigurationSelector();

// The configuration with every webhook sent to the target, trusting `bundle` (PEM). Everything
// else, and the port of a Service, stays. A pure function.
nlohmann::json PointedAt(nlohmann::json configuration, const std::string& path,
                         const WebhookTarget& target, const std::string& bundle);

struct KeptConfigurations {
  int found = 0;
  int patched = 0;
};

// Patches those of our configurations that differ. An API server without such kinds has none.
Result<KeptConfigurations> KeepConfigurations(const Context& ctx, const kube::Client& client,
                                              const WebhookTarget& target,
                                              const std::string& bundle);

}  // namespace vr::controllers
