// What `vrtg up` writes down about itself and its manager, for `down`, `status` and the next `up`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/local/process_id.h"

namespace vr::cli {

// up.json. True only while the lock is held, too: nobody removes it after a crash.
struct UpRecord {
  ProcessId process;
  std::string url = {};    // empty: the API server does not run yet
  std::string since = {};  // RFC 3339
  bool manager = true;     // whether one is supervised
  bool ready = false;      // the API server serves and the manager, if any, became ready
};
std::optional<UpRecord> ReadUpRecord(const std::filesystem::path& path);
Status WriteUpRecord(const std::filesystem::path& path, const UpRecord& record);

// manager/process.json, written before the manager's first instruction.
struct ManagerRecord {
  ProcessId process;
  std::filesystem::path program;  // as /proc/PID/exe shows it
  std::string since = {};         // RFC 3339
  int restarts = 0;               // since `vrtg up` began
};
std::optional<ManagerRecord> ReadManagerRecord(const std::filesystem::path& path);
Status WriteManagerRecord(const std::filesystem::path& path, const ManagerRecord& record);

// manager/ready, written by the manager once its caches are synced.
struct ReadyRecord {
  pid_t pid = 0;
  std::string operations = {};  // URL of its health and metrics
};
std::optional<ReadyRecord> ReadReadyRecord(const std::filesystem::path& path);

}  // namespace vr::cli
