// LocalProcess: one provider program as a supervised child process.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/child_process.h"
#include "controllers/provider/runtime.h"

namespace vr::controllers {

struct LocalProcessOptions {
  std::filesystem::path program_dir;               // holds virtrigaud-provider-TYPE
  std::filesystem::path folder;                    // private to this process: credentials/, log
  std::filesystem::path socket;                    // where it shall listen
  std::map<std::string, std::string> environment;  // PATH, HOME and the like
  std::function<void()> on_change;                 // its status changed, or it ended; on its thread
};

// Keeps the program running on a thread of its own ("run-NAME"): starts it, restarts it with
// back-off (0.5 s doubling to 30 s) when it ends or does not listen within 30 s, and at once when
// its request changes. Thread-safe.
class LocalProcess {
 public:
  LocalProcess(LocalProcessOptions options, RuntimeRequest request, const Clock& clock);
  ~LocalProcess() = default;  // RequestStop, and waits for the end
  LocalProcess(const LocalProcess&) = delete;
  LocalProcess& operator=(const LocalProcess&) = delete;

  void Update(const RuntimeRequest& request);
  // SIGTERM, SIGKILL after 10 s, then removes the credentials; does not wait for it.
  void RequestStop() { thread_.request_stop(); }
  bool stopping() const { return thread_.get_stop_token().stop_requested(); }
  bool ended() const;  // after RequestStop: nothing of it is left, and nothing waited for any more
  RuntimeStatus status() const;

 private:
  void Run(const std::stop_token& stop);
  Result<std::string> RunOnce(const Context& ctx, const RuntimeRequest& request);
  Status Prepare(const RuntimeRequest& request) const;
  Result<ChildProcess> Launch(const RuntimeRequest& request, int output) const;
  Result<ChildExit> AwaitEnd(const Context& ctx, ChildProcess& child);
  void CleanUp();
  void SetStatus(RuntimePhase phase, std::string message);
  std::string LastWords() const;
  std::filesystem::path LogFile() const { return options_.folder / "log"; }

  const LocalProcessOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards the next four
  RuntimeRequest request_;
  RuntimeStatus status_;
  std::stop_source changed_;  // a new request wakes the thread
  bool ended_ = false;
  std::jthread thread_;  // last: it uses all above
};

}  // namespace vr::controllers
