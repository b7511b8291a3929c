// vrtg up.
#include <unistd.h>

#include "base/duration.h"
#include "base/rotating_log.h"
#include "base/timestamp.h"
#include "cli/local/detach.h"
#include "cli/local/manager_process.h"
#include "cli/local/plan_advice.h"
#include "cli/local/progress.h"
#include "cli/local/running.h"
#include "cli/report.h"
#include "cli/vrtg/commands.h"
#include "controlplane/control_plane.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;
constexpr const char* kManager = "virtrigaud-manager";
constexpr size_t kTailLines = 10;

// One `vrtg up` in the foreground.
class Session {
 public:
  Session(Env& env, const UpOptions& options, DataDir dir)
      : env_(env), options_(options), dir_(std::move(dir)), ctx_(env.stop, env.clock) {}

  Status Run() {
    VR_RETURN_IF_ERROR(CheckManager());
    VR_RETURN_IF_ERROR(PrepareDataDir(dir_));
    VR_ASSIGN_OR_RETURN(const auto lock, LockDataDir(env_, ctx_, dir_));
    VR_RETURN_IF_ERROR(Begin());
    VR_RETURN_IF_ERROR(EndLingeringManager(ctx_, dir_.ManagerRecordFile(), [&](pid_t pid) {
      Say("  waiting for the manager of an earlier run to end (process " + std::to_string(pid) +
          ")");
    }));
    VR_RETURN_IF_ERROR(StartPlane());
    const Status ran = options_.manager ? Manage() : Serve();
    Say("Stopping the API server");
    plane_->Stop();
    std::error_code ec;
    fs::remove(dir_.RecordFile(), ec);
    VR_RETURN_IF_ERROR(ran);
    Say("Stopped. The state stays in " + dir_.root.string() + "; " + CommandFor(env_, dir_, "up") +
        " goes on with it.");
    return {};
  }

 private:
  void Say(const std::string& line) { env_.out << line << std::endl; }

  fs::path Program() const { return env_.program_dir / kManager; }

  // Before anything is started or written.
  Status CheckManager() const {
    std::error_code ec;
    if (!options_.manager) return {};
    if (!fs::is_regular_file(Program(), ec)) {
      return Error{ErrorKind::kInvalidSpec,
                   "the manager's program " + Program().string() +
                       " is missing; install it beside vrtg, or run only the API server with "
                       "--no-manager",
                   {}};
    }
    return CheckManagerSettings(ctx_, Options());
  }

  // The message asks about the port already.
  Error PortAdvice(const Error& error) const {
    if (error.kind != ErrorKind::kUnavailable) return error;
    return WithHint(error, options_.port != 0
                               ? "--port with another number, or none, which takes the one of last "
                                 "time or a free one"
                               : "--port chooses another one");
  }

  Status Begin() {
    const auto self = IdentifyProcess(::getpid());
    if (!self) return Error{ErrorKind::kInternal, "/proc does not show this process", {}};
    record_ = {.process = *self,
               .since = FormatTimestamp(env_.clock.WallNow()),
               .manager = options_.manager};
    VR_RETURN_IF_ERROR(Save());
    Say("Starting VirtRigaud on this machine");
    Say("  state       " + dir_.root.string());
    return {};
  }

  Status Save() const { return WriteUpRecord(dir_.RecordFile(), record_); }

  Status StartPlane() {
    controlplane::ControlPlaneOptions plane{.data_dir = dir_.root, .advise = MakePlanAdvice()};
    if (options_.port != 0) plane.listen = "127.0.0.1:" + std::to_string(options_.port);
    auto started = controlplane::ControlPlane::Start(plane, env_.clock);
    if (!started) return PortAdvice(started.error());
    plane_ = *std::move(started);
    record_.url = plane_->url();
    VR_RETURN_IF_ERROR(Save());
    Say("  API server  " + plane_->url());
    Say("  kubeconfig  " + plane_->kubeconfig_path().string());
    return {};
  }

  // Everything runs: say what to do with it.
  void Ready() {
    if (record_.ready) return;
    record_.ready = true;
    if (const Status saved = Save(); !saved) env_.err << saved.error().message << std::endl;
    SayWhatNext(env_, dir_);
    Say("Ctrl-C stops it.");
  }

  Status Serve() {
    Ready();
    while (ctx_.Sleep(std::chrono::hours(24))) {
    }
    return {};
  }

  Status Manage() {
    const ManagerEvents events{
        .started =
            [&](pid_t pid) {
              Say("  manager     process " + std::to_string(pid) + ", log " +
                  dir_.ManagerLog().string());
            },
        .ready =
            [&](const std::string& operations) {
              Say("  manager     ready, health and metrics at " + operations);
              Ready();
            },
        .died =
            [&](const std::string& how, const std::string& said, Duration delay) {
              env_.err << "The manager " << how << "; it starts again in "
                       << FormatDuration(std::chrono::round<std::chrono::milliseconds>(delay))
                       << ". What it said last:\n"
                       << LastLines(said, kTailLines) << std::flush;
            },
        .stopping = [&] { Say("Stopping the manager"); },
        .killed =
            [&] { env_.err << "The manager did not end in time and was killed" << std::endl; }};
    return RunManager(ctx_, Options(), events);
  }

  ManagerOptions Options() const {
    ManagerOptions manager{.program = Program(),
                           .environment = env_.environment,
                           .log = dir_.ManagerLog(),
                           .ready = dir_.ReadyFile(),
                           .record = dir_.ManagerRecordFile()};
    manager.args = {"--kubeconfig",
                    dir_.Kubeconfig().string(),
                    "--state-dir",
                    dir_.ManagerDir().string(),
                    "--ready-file",
                    dir_.ReadyFile().string(),
                    "--metrics-bind-address",
                    "127.0.0.1:0",
                    "--health-probe-bind-address",  // nobody probes here, and its port is fixed
                    "0",
                    "--webhook-bind-address",
                    "0",  // our API server admits by itself
                    "--log-format",
                    "console"};
    manager.environment["VIRTRIGAUD_EXIT_WITH_PARENT"] = "true";
    manager.environment["VIRTRIGAUD_PARENT_PID"] = std::to_string(::getpid());
    return manager;
  }

  Env& env_;
  const UpOptions& options_;
  const DataDir dir_;
  const Context ctx_;
  UpRecord record_;
  std::unique_ptr<controlplane::ControlPlane> plane_;
};

}  // namespace

Status Up(Env& env, const UpOptions& options) {
  const DataDir dir = DataDirOf(env, options.data_dir);
  return options.detach ? Detach(env, options, dir) : Session(env, options, dir).Run();
}

}  // namespace vr::cli
