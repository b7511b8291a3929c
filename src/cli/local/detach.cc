#include "cli/local/detach.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/child_process.h"
#include "base/rotating_log.h"
#include "cli/exit_code.h"
#include "cli/local/progress.h"
#include "cli/local/running.h"

namespace vr::cli {
namespace {

constexpr size_t kTailLines = 15;
constexpr std::chrono::seconds kPatience(60);
constexpr std::chrono::milliseconds kCheck(50);

// Begins anew each time: what it holds is about this run.
Result<int> OpenLog(const DataDir& dir) {
  const int fd = ::open(dir.UpLog().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
                        S_IRUSR | S_IWUSR);
  if (fd >= 0 && ::fchmod(fd, S_IRUSR | S_IWUSR) == 0) return fd;
  const int code = errno;
  if (fd >= 0) ::close(fd);
  return Error{ErrorKind::kInvalidSpec,
               "cannot write the log " + dir.UpLog().string() + ": " + std::strerror(code),
               {}};
}

std::vector<std::string> Arguments(const Env& env, const UpOptions& options, const DataDir& dir) {
  std::vector<std::string> args = {env.program.string(), "up", "--data-dir", dir.root.string()};
  if (options.port != 0) args.insert(args.end(), {"--port", std::to_string(options.port)});
  if (!options.manager) args.push_back("--no-manager");
  return args;
}

// The error that a command's exit code stands for.
ErrorKind KindOf(const ChildExit& end) {
  for (const ErrorKind kind : AllErrorKinds()) {
    if (end.signal == 0 && end.code == ExitCode(kind)) return kind;
  }
  return ErrorKind::kInternal;
}

Error WithLog(ErrorKind kind, const std::string& what, const DataDir& dir) {
  return Error{kind,
               what + "; the end of its log " + dir.UpLog().string() + ":\n" +
                   TailOf(dir.UpLog(), kTailLines),
               {}};
}

// Until it says that it is ready.
Status WaitReady(const Context& ctx, ChildProcess& child, const DataDir& dir) {
  while (true) {
    if (const auto end = child.Ended()) {
      return WithLog(KindOf(*end), "the background process " + end->ToString() + " while starting",
                     dir);
    }
    const auto record = ReadUpRecord(dir.RecordFile());
    if (record && record->process.pid == child.pid() && record->ready) return {};
    if (const Status slept = ctx.Sleep(kCheck); !slept) {
      if (slept.error().kind != ErrorKind::kTimeout) return slept;
      return WithLog(ErrorKind::kTimeout, "not ready in time (longer: --timeout), stopped again",
                     dir);
    }
  }
}

// Asks it to stop, with the same patience as `vrtg down`.
void StopAgain(const ChildProcess& child) {
  const auto process = IdentifyProcess(child.pid());
  const auto handle = process ? ProcessHandle::Open(*process) : std::nullopt;
  if (!handle) return;
  handle->Signal(SIGTERM);
  // If it does not end by itself, ~Child kills it.
  [[maybe_unused]] const Status gone =
      handle->WaitGone(Context().WithTimeout(std::chrono::seconds(30)));
}

}  // namespace

Status Detach(Env& env, const UpOptions& options, const DataDir& dir) {
  const Context ctx = env.Ctx(kPatience);
  VR_RETURN_IF_ERROR(PrepareDataDir(dir));
  // The background process takes the lock for good; asked here, a refusal is a plain error.
  { VR_ASSIGN_OR_RETURN(const auto lock, LockDataDir(env, ctx, dir)); }
  VR_ASSIGN_OR_RETURN(const int log, OpenLog(dir));
  ChildOptions background{.arguments = Arguments(env, options, dir),
                          .environment = env.environment,
                          .output = log,
                          .life = ChildOptions::Life::kOnItsOwn};
  auto child = ChildProcess::Start(background);
  ::close(log);
  if (!child) return std::move(child).error();
  env.out << "Starting VirtRigaud in the background (process " << child->pid() << ")\n"
          << "  state       " << dir.root.string() << "\n"
          << "  log         " << dir.UpLog().string() << std::endl;
  if (Status ready = WaitReady(ctx, *child, dir); !ready) {
    StopAgain(*child);
    return ready;
  }
  const auto record = ReadUpRecord(dir.RecordFile());
  env.out << "  API server  " << (record ? record->url : "") << "\n"
          << "  kubeconfig  " << dir.Kubeconfig().string() << "\n";
  if (options.manager) env.out << "  manager     ready\n";
  SayWhatNext(env, dir);
  env.out << CommandFor(env, dir, "down") << " stops it.\n";
  child->LetGo();
  return {};
}

}  // namespace vr::cli
