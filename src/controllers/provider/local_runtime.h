// LocalProcessRuntime: provider programs as child processes on this machine.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "controllers/provider/local_process.h"

namespace vr::controllers {

struct LocalRuntimeOptions {
  std::filesystem::path program_dir;  // holds virtrigaud-provider-TYPE
  std::filesystem::path state_dir;    // providers/NAMESPACE.NAME/ and sockets below it
  std::map<std::string, std::string> environment;
  // Its status changed, or it ended after Remove; prompt, on a process's thread.
  std::function<void(const kube::Key& provider)> on_change;
};

// Each provider listens on a unix socket that only this user may open, so no TLS is needed.
class LocalProcessRuntime final : public ProviderRuntime {
 public:
  LocalProcessRuntime(LocalRuntimeOptions options, const Clock& clock)
      : options_(std::move(options)), clock_(clock) {}

  RuntimeStatus Ensure(const RuntimeRequest& request) override;
  std::optional<RuntimeStatus> Find(const kube::Key& provider) const override;
  bool Remove(const kube::Key& provider) override;
  // Stops all of them, at the same time, and waits for their ends.
  void Clear();

 private:
  const LocalRuntimeOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards processes_
  std::map<kube::Key, std::unique_ptr<LocalProcess>> processes_;
};

}  // namespace vr::controllers
