// TracedClient: a ProviderClient that makes a span of every call of another.
#pragma once

#include <memory>
#include <string>

#include "obs/trace.h"
#include "rpc/provider_client.h"

namespace vr::rpc {

struct TracedOptions {
  std::string provider_type;
  std::string provider;  // "namespace/name"
};

// Outermost, so that a call's span has its retries and refusals in it. Spans are named rpc.METHOD
// and carry provider, provider.type, operation, vm.id, task.ref and error.kind where they are
// known. Watch passes through: it would be one span of hours. Thread-safe; `tracer` outlives it.
std::unique_ptr<ProviderClient> MakeTracedClient(std::unique_ptr<ProviderClient> inner,
                                                 TracedOptions options, const obs::Tracer& tracer);

}  // namespace vr::rpc
