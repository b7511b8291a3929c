// vrtg down.
#include <signal.h>

#include "cli/local/manager_process.h"
#include "cli/local/running.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

// More than a manager gets to end, and the API server after it.
constexpr std::chrono::seconds kPatience(40);

// Nothing holds the folder: at most a manager whose `up` was killed is left.
Status NothingRuns(Env& env, const DataDir& dir) {
  env.out << "Nothing runs in " << dir.root.string() << std::endl;
  std::error_code ec;
  if (!std::filesystem::exists(dir.LockFile(), ec)) return {};
  VR_ASSIGN_OR_RETURN(const auto lock, RunLock::Take(dir.LockFile()));
  return EndLingeringManager(env.Ctx(kPatience), dir.ManagerRecordFile(), [&](pid_t pid) {
    env.out << "Stopping the manager of an earlier run (process " << pid << ")" << std::endl;
  });
}

}  // namespace

Status Down(Env& env, const std::string& data_dir) {
  const DataDir dir = DataDirOf(env, data_dir);
  VR_RETURN_IF_ERROR(CheckDataDir(dir));
  if (!RunLock::IsHeld(dir.LockFile())) return NothingRuns(env, dir);
  const Context ctx = env.Ctx(kPatience);
  // One that has just begun has not written its record yet.
  const Context moment = ctx.WithTimeout(std::chrono::seconds(5));
  auto up = RunningUp(dir);
  while (!up && moment.Sleep(std::chrono::milliseconds(20))) up = RunningUp(dir);
  if (!up && !RunLock::IsHeld(dir.LockFile())) return NothingRuns(env, dir);
  const auto process = up ? ProcessHandle::Open(up->process) : std::nullopt;
  if (!process) {
    VR_RETURN_IF_ERROR(ctx.Check("looking for 'vrtg up'"));
    return Error{ErrorKind::kConflict,
                 "a process holds " + dir.LockFile().string() +
                     " but is not on record there; 'fuser " + dir.LockFile().string() +
                     "' shows which, stop it with kill",
                 {}};
  }
  env.out << "Stopping process " << up->process.pid << std::endl;
  process->Signal(SIGTERM);
  if (const Status gone = process->WaitGone(ctx); !gone) {
    return gone.error().Wrap("process " + std::to_string(up->process.pid) +
                             " still runs; see its log in " + dir.LogDir().string());
  }
  env.out << "Stopped. The state stays in " << dir.root.string() << std::endl;
  return {};
}

}  // namespace vr::cli
