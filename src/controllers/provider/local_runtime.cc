#include "controllers/provider/local_runtime.h"

#include <sys/un.h>

#include <utility>

namespace vr::controllers {
namespace {

constexpr size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

RuntimeStatus LocalProcessRuntime::Ensure(const RuntimeRequest& request) {
  // Short on purpose: the kernel takes little more than 100 characters.
  const std::filesystem::path socket =
      options_.state_dir / "sockets" / (request.uid.substr(0, 13) + ".sock");
  if (socket.string().size() > kMaxSocketPath) {
    return {.phase = RuntimePhase::kFailed,
            .message = "the path of the socket " + socket.string() + " is longer than " +
                       std::to_string(kMaxSocketPath) +
                       " characters: use a shorter state directory",
            .address = {}};
  }
  const std::scoped_lock lock(mutex_);
  std::unique_ptr<LocalProcess>& process = processes_[request.provider];
  if (process && process->stopping() && !process->ended()) {
    return {.phase = RuntimePhase::kPending,
            .message = "waits for the end of the earlier process",
            .address = {}};
  }
  if (process && !process->stopping()) {
    process->Update(request);
  } else {
    LocalProcessOptions options{
        .program_dir = options_.program_dir,
        .folder =
            options_.state_dir / "providers" / (request.provider.ns + "." + request.provider.name),
        .socket = socket,
        .environment = options_.environment,
        .on_change = [on_change = options_.on_change, key = request.provider] { on_change(key); }};
    process = std::make_unique<LocalProcess>(std::move(options), request, clock_);
  }
  return process->status();
}

std::optional<RuntimeStatus> LocalProcessRuntime::Find(const kube::Key& provider) const {
  const std::scoped_lock lock(mutex_);
  const auto it = processes_.find(provider);
  if (it == processes_.end() || it->second->stopping()) return std::nullopt;
  return it->second->status();
}

bool LocalProcessRuntime::Remove(const kube::Key& provider) {
  const std::scoped_lock lock(mutex_);
  const auto it = processes_.find(provider);
  if (it == processes_.end()) return true;
  it->second->RequestStop();
  if (!it->second->ended()) return false;
  processes_.erase(it);
  return true;
}

void LocalProcessRuntime::Clear() {
  std::map<kube::Key, std::unique_ptr<LocalProcess>> ended;
  {
    const std::scoped_lock lock(mutex_);
    ended.swap(processes_);
  }
  for (const auto& [key, process] : ended) process->RequestStop();
}

}  // namespace vr::controllers
