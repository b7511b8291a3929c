// The manager as a child of `vrtg up`: started, watched, started again, stopped.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/context.h"
#include "cli/settings.h"

namespace vr::cli {

struct ManagerOptions {
  std::filesystem::path program;
  std::vector<std::string> args = {};
  Environment environment = {};
  std::filesystem::path log;     // its output
  std::filesystem::path ready;   // ReadyRecord
  std::filesystem::path record;  // ManagerRecord
  BackoffPolicy backoff = {.base = std::chrono::milliseconds(500)};
  Duration healthy_after = std::chrono::minutes(1);  // an end after that starts the back-off anew
  Duration grace = std::chrono::seconds(15);         // between SIGTERM and SIGKILL
};

struct ManagerEvents {
  std::function<void(pid_t pid)> started;
  std::function<void(const std::string& operations)> ready;
  // It ended on its own ("exited with code 1") and is started again after `delay`; `said` is the
  // end of its output.
  std::function<void(const std::string& how, const std::string& said, Duration delay)> died;
  std::function<void()> stopping;  // it is asked to end, because we were
  std::function<void()> killed;    // it did not end within the grace
};

// Whether the manager accepts its arguments and environment: kInvalidSpec, with its own words, if
// not. Nothing else is known of a program that cannot be asked.
Status CheckManagerSettings(const Context& ctx, const ManagerOptions& options);

// Keeps a manager running until the context is stopped, then ends it and returns. Blocks and calls
// the events on this thread. An error if the first one cannot be started, and if one ends because
// it does not accept its settings: another would not, either.
Status RunManager(const Context& ctx, const ManagerOptions& options, const ManagerEvents& events);

// Ends the manager of a `vrtg up` that was killed, if it still lingers, so that there are never
// two. Call it with the folder's lock held.
Status EndLingeringManager(const Context& ctx, const std::filesystem::path& record,
                           const std::function<void(pid_t)>& waiting);

}  // namespace vr::cli
