// Reading one Secret. Secrets are asked for when they are needed and never cached.
#pragma once

#include <map>
#include <string>

#include "base/context.h"
#include "base/result.h"
#include "kube/client.h"

namespace vr::controllers {

// The Secret's data, decoded. kNotFound names it.
Result<std::map<std::string, std::string>> ReadSecret(const Context& ctx,
                                                      const kube::Client& client,
                                                      const kube::Key& key);

}  // namespace vr::controllers
