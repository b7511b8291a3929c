// The main() that every provider program shares.
#pragma once

#include <functional>
#include <memory>

#include "base/context.h"
#include "base/result.h"
#include "provider_common/settings.h"
#include "sdk/provider.h"
#include "sdk/task_runner.h"
#include "sdk/watch_hub.h"

namespace vr::apps {

// A provider with all that it is wired to.
class HostedProvider {
 public:
  virtual ~HostedProvider() = default;
  virtual sdk::Provider& provider() = 0;
  // Before it is served; the context is stopped by SIGTERM and SIGINT.
  virtual Status Start(const Context& ctx) = 0;
  // After the last call and the last task.
  virtual void Stop() = 0;
};

struct ProviderSurroundings {
  const ProviderSettings& settings;
  const Environment& environment;
  sdk::TaskRunner& tasks;
  sdk::WatchHub& hub;
};
using ProviderFactory =
    std::function<Result<std::unique_ptr<HostedProvider>>(const ProviderSurroundings&)>;

// Serves until SIGTERM or SIGINT, then stops in order. Returns the exit code: 0, or 1 with the
// reason on stderr. To be called before the process has any other thread.
int RunProviderProgram(int argc, char** argv, const ProviderDescription& description,
                       const sdk::TaskRunner::Options& tasks, const ProviderFactory& make);

}  // namespace vr::apps
