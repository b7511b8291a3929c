// How a Provider is reached: a program that we run, or an endpoint that somebody else runs.
#pragma once

#include <map>
#include <string>

#include "api/v1beta1.h"
#include "base/context.h"
#include "base/result.h"
#include "controllers/provider/pool.h"
#include "controllers/provider/runtime.h"
#include "kube/client.h"

namespace vr::controllers {

// "grpc://host:port" in spec.endpoint: the provider program runs elsewhere.
bool IsExternal(const api::ProviderSpec& spec);

// The environment of the provider program, as documented.
std::map<std::string, std::string> ProviderEnvironment(const api::Provider& provider);

// The target of an external endpoint, its TLS Secret read. kInvalidSpec without a decision about
// TLS; kNotFound without the Secret.
Result<ProviderTarget> ExternalTarget(const Context& ctx, const kube::Client& client,
                                      const api::Provider& provider);

}  // namespace vr::controllers
