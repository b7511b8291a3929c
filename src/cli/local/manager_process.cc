#include "cli/local/manager_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/child_process.h"
#include "base/process.h"
#include "base/rotating_log.h"
#include "base/timestamp.h"
#include "cli/exit_code.h"
#include "cli/local/records.h"
#include "cli/report.h"
#include "net/wake_event.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::milliseconds kReadyCheck(50);
constexpr size_t kSaidLimit = 4 << 10;

// A pipe; both ends are closed with it.
class Pipe {
 public:
  static Result<Pipe> Make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      return Error{ErrorKind::kUnavailable, std::string("pipe: ") + std::strerror(errno), {}};
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return Pipe(ends[0], ends[1]);
  }
  ~Pipe() {
    CloseWriter();
    if (reader_ >= 0) ::close(reader_);
  }
  Pipe(Pipe&& other) noexcept
      : reader_(std::exchange(other.reader_, -1)), writer_(std::exchange(other.writer_, -1)) {}
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  Pipe& operator=(Pipe&&) = delete;

  int reader() const { return reader_; }
  int writer() const { return writer_; }
  void CloseWriter() {
    if (writer_ >= 0) ::close(std::exchange(writer_, -1));
  }

 private:
  Pipe(int reader, int writer) : reader_(reader), writer_(writer) {}
  int reader_;
  int writer_;
};

Error Refused(const std::string& said) {
  std::string words = LastLines(said, 3);
  while (words.ends_with('\n')) words.pop_back();
  return WithHint(
      {ErrorKind::kInvalidSpec, "the manager does not accept its settings:\n" + words, {}},
      "mend the variable or the flag that it names, and start again");
}

class Supervisor {
 public:
  Supervisor(const Context& ctx, const ManagerOptions& options, const ManagerEvents& events,
             RotatingLog& log)
      : ctx_(ctx), options_(options), events_(events), log_(log) {}

  Status Run() {
    const std::stop_callback on_stop(ctx_.stop(), [this] { stop_.Set(); });
    for (int failures = 0; !stop_.is_set();) {
      const TimePoint started = ctx_.clock().Now();
      const Result<std::string> end = RunOnce();
      if (!end && restarts_ == 0) return end.error();
      if (stop_.is_set()) return {};
      if (refused_) return Refused(said_);
      const bool was_healthy = ctx_.clock().Now() - started >= options_.healthy_after;
      failures = was_healthy ? 1 : failures + 1;
      const Duration delay = BackoffDelay(options_.backoff, failures);
      events_.died(end ? *end : end.error().message, said_, delay);
      if (!ctx_.clock().Sleep(ctx_.stop(), delay)) return {};
      ++restarts_;
    }
    return {};
  }

 private:
  // From its start to its end, which is described.
  Result<std::string> RunOnce() {
    std::error_code ec;
    fs::remove(options_.ready, ec);
    ready_ = false;
    refused_ = false;
    said_.clear();
    VR_ASSIGN_OR_RETURN(Pipe pipe, Pipe::Make());
    VR_ASSIGN_OR_RETURN(ChildProcess child, Start(pipe));
    pipe.CloseWriter();
    events_.started(child.pid());
    while (!child.Ended() && !stop_.is_set()) WaitAndPump(child, pipe, stop_.fd(), Patience());
    if (!child.Ended()) Stop(child, pipe);
    Pump(pipe);
    fs::remove(options_.ready, ec);
    // While it waits to be started again, `vrtg status` reads the restarts there.
    if (stop_.is_set()) fs::remove(options_.record, ec);
    refused_ = child.Ended()->signal == 0 && child.Ended()->code == kExitUsage;
    return child.Ended()->ToString();
  }

  Result<ChildProcess> Start(const Pipe& pipe) {
    const fs::path program = fs::weakly_canonical(options_.program);
    ChildOptions child{.arguments = {program.string()}, .environment = options_.environment};
    child.arguments.insert(child.arguments.end(), options_.args.begin(), options_.args.end());
    child.output = pipe.writer();
    child.record = [&](pid_t pid) -> Status {
      const auto process = IdentifyProcess(pid);
      if (!process) return Error{ErrorKind::kUnavailable, "the new process ended at once", {}};
      return WriteManagerRecord(options_.record, {.process = *process,
                                                  .program = program,
                                                  .since = FormatTimestamp(ctx_.clock().WallNow()),
                                                  .restarts = restarts_});
    };
    return ChildProcess::Start(child);
  }

  void Stop(ChildProcess& child, Pipe& pipe) {
    events_.stopping();
    child.Signal(SIGTERM);
    const TimePoint deadline = ctx_.clock().Now() + options_.grace;
    while (!child.Ended()) {
      const Duration left = deadline - ctx_.clock().Now();
      if (left <= Duration::zero()) break;
      WaitAndPump(child, pipe, -1, left);
    }
    if (child.Ended()) return;
    events_.killed();
    child.Signal(SIGKILL);
    while (!child.Ended()) WaitAndPump(child, pipe, -1, Duration::max());
  }

  Duration Patience() const { return ready_ ? Duration::max() : Duration(kReadyCheck); }

  // Until there is output, the child ended, `wake` is readable or time is up.
  void WaitAndPump(const ChildProcess& child, Pipe& pipe, int wake, Duration patience) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::min<Duration>(patience, std::chrono::hours(1)));
    pollfd items[] = {{child.fd(), POLLIN, 0},
                      {output_closed_for_ == child.pid() ? -1 : pipe.reader(), POLLIN, 0},
                      {wake, POLLIN, 0}};
    ::poll(items, 3, static_cast<int>(left.count()));
    if (items[1].revents != 0 && !Pump(pipe)) output_closed_for_ = child.pid();
    if (!ready_ && !stop_.is_set()) CheckReady(child);
  }

  // False once nobody can write any more.
  bool Pump(const Pipe& pipe) {
    char buffer[16 << 10];
    while (true) {
      const ssize_t size = ::read(pipe.reader(), buffer, sizeof buffer);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return errno == EAGAIN;
      if (size == 0) return false;
      log_.Write({buffer, static_cast<size_t>(size)});
      said_.append(buffer, static_cast<size_t>(size));
      if (said_.size() > kSaidLimit) said_.erase(0, said_.size() - kSaidLimit);
    }
  }

  void CheckReady(const ChildProcess& child) {
    const auto record = ReadReadyRecord(options_.ready);
    if (!record || record->pid != child.pid()) return;
    ready_ = true;
    events_.ready(record->operations);
  }

  const Context& ctx_;
  const ManagerOptions& options_;
  const ManagerEvents& events_;
  RotatingLog& log_;
  net::WakeEvent stop_;
  int restarts_ = 0;
  bool ready_ = false;
  bool refused_ = false;
  std::string said_;  // the end of this run's output
  pid_t output_closed_for_ = -1;
};

}  // namespace

Status CheckManagerSettings(const Context& ctx, const ManagerOptions& options) {
  ProcessRequest request{.argv = {options.program.string()}, .env = options.environment};
  request.argv.insert(request.argv.end(), options.args.begin(), options.args.end());
  request.argv.push_back("--version");
  const auto asked = RunProcess(ctx.WithTimeout(std::chrono::seconds(10)), request);
  if (!asked || asked->exit_code != kExitUsage) return {};
  return Refused(asked->err + asked->out);
}

Status RunManager(const Context& ctx, const ManagerOptions& options, const ManagerEvents& events) {
  VR_ASSIGN_OR_RETURN(const auto log, RotatingLog::Open(options.log));
  return Supervisor(ctx, options, events, *log).Run();
}

Status EndLingeringManager(const Context& ctx, const fs::path& record,
                           const std::function<void(pid_t)>& waiting) {
  const auto manager = ReadManagerRecord(record);
  if (!manager) return {};
  const auto handle = ProcessHandle::Open(manager->process);
  if (!handle || ProgramOf(manager->process.pid) != manager->program) return {};
  waiting(manager->process.pid);
  // The kernel has sent SIGTERM when its parent died; once more does no harm.
  handle->Signal(SIGTERM);
  Status gone = handle->WaitGone(ctx.WithTimeout(std::chrono::seconds(5)));
  if (!gone && gone.error().kind == ErrorKind::kTimeout) {
    handle->Signal(SIGKILL);
    gone = handle->WaitGone(ctx.WithTimeout(std::chrono::seconds(10)));
  }
  if (!gone) return gone.error().Wrap("the manager of an earlier 'vrtg up'");
  return {};
}

}  // namespace vr::cli
