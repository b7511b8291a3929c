#include "cli/local/running.h"

namespace vr::cli {

std::optional<UpRecord> RunningUp(const DataDir& dir) {
  if (!RunLock::IsHeld(dir.LockFile())) return std::nullopt;
  auto record = ReadUpRecord(dir.RecordFile());
  if (!record || IdentifyProcess(record->process.pid) != record->process) return std::nullopt;
  return record;
}

Result<std::unique_ptr<RunLock>> LockDataDir(const Env& env, const Context& ctx,
                                             const DataDir& dir) {
  // A process that was killed gives its lock back when the kernel has cleared it away, and one that
  // has just begun is about to write its record: both take a moment.
  const Context patience = ctx.WithTimeout(std::chrono::seconds(3));
  while (true) {
    auto lock = RunLock::Take(dir.LockFile());
    if (lock || lock.error().kind != ErrorKind::kConflict) return lock;
    if (const auto up = RunningUp(dir)) {
      return Error{ErrorKind::kConflict,
                   "'vrtg up' runs already in " + dir.root.string() + ": process " +
                       std::to_string(up->process.pid) +
                       (up->url.empty() ? ", which is just starting" : ", API server " + up->url) +
                       "; " + CommandFor(env, dir, "down") +
                       " stops it, and another --data-dir gives a second one",
                   {}};
    }
    if (const Status slept = patience.Sleep(std::chrono::milliseconds(20)); !slept) {
      if (slept.error().kind != ErrorKind::kTimeout) return slept.error();
      return Error{ErrorKind::kConflict,
                   "another process holds " + dir.LockFile().string() + " ('fuser " +
                       dir.LockFile().string() + "' shows which)",
                   {}};
    }
  }
}

std::string CommandFor(const Env& env, const DataDir& dir, const std::string& command) {
  const bool usual = DataDirOf(env, "").root == dir.root;
  return "'vrtg " + command + (usual ? "" : " --data-dir " + dir.root.string()) + "'";
}

}  // namespace vr::cli
