#include "controllers/provider/local_process.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "base/backoff.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/redact.h"
#include "controllers/provider/output_pump.h"

namespace vr::controllers {
namespace {

namespace fs = std::filesystem;
constexpr auto kGrace = std::chrono::seconds(10);
constexpr auto kHealthyRun = std::chrono::minutes(1);
constexpr auto kStartLimit = std::chrono::seconds(30);
constexpr BackoffPolicy kRestart{.base = std::chrono::milliseconds(500),
                                 .max = std::chrono::seconds(30),
                                 .multiplier = 2.0,
                                 .jitter = 0.2};

Error FileError(const std::string& what, const fs::path& path) {
  return Error{ErrorKind::kUnavailable, what + " " + path.string() + " failed", {}};
}

Status MakePrivateFolder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  return error ? Status(FileError("making", path)) : Status();
}

Status WritePrivateFile(const fs::path& path, const std::string& content) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return FileError("writing", path);
  const ssize_t written = write(fd, content.data(), content.size());
  close(fd);
  return written == static_cast<ssize_t>(content.size()) ? Status() : FileError("writing", path);
}

// The folder holds these files and no others. The names are keys of a Secret, which the API server
// keeps free of slashes.
Status WriteCredentials(const fs::path& folder, const std::map<std::string, std::string>& files) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  VR_RETURN_IF_ERROR(MakePrivateFolder(folder));
  for (const auto& [name, content] : files) {
    if (name.find('/') != std::string::npos || name.starts_with("."))
      return Error{ErrorKind::kInvalidSpec, "credential key '" + name + "' is no file name", {}};
    VR_RETURN_IF_ERROR(WritePrivateFile(folder / name, content));
  }
  return {};
}

}  // namespace

LocalProcess::LocalProcess(LocalProcessOptions options, RuntimeRequest request, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      request_(std::move(request)),
      status_{.phase = RuntimePhase::kPending,
              .message = "starting",
              .address = "unix:" + options_.socket.string()},
      thread_([this, name = request_.provider.name](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), ("run-" + name).substr(0, 15).c_str());
        Run(stop);
        CleanUp();
      }) {}

void LocalProcess::CleanUp() {
  std::error_code ignored;
  fs::remove_all(options_.folder / "credentials", ignored);
  fs::remove(options_.socket, ignored);
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  options_.on_change();
}

bool LocalProcess::ended() const {
  const std::scoped_lock lock(mutex_);
  return ended_;
}

void LocalProcess::Update(const RuntimeRequest& request) {
  std::stop_source old;
  {
    const std::scoped_lock lock(mutex_);
    if (request == request_) return;
    request_ = request;
    old = std::exchange(changed_, std::stop_source());
  }
  old.request_stop();
}

RuntimeStatus LocalProcess::status() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

void LocalProcess::SetStatus(RuntimePhase phase, std::string message) {
  {
    const std::scoped_lock lock(mutex_);
    if (status_.phase == phase && status_.message == message) return;
    status_.phase = phase;
    status_.message = std::move(message);
  }
  options_.on_change();
}

// Why the program ended, in its own words: the end of its log.
std::string LocalProcess::LastWords() const {
  std::ifstream log(LogFile());
  constexpr std::streamoff kTail = 2000;
  log.seekg(0, std::ios::end);
  const auto size = static_cast<std::streamoff>(log.tellg());
  log.seekg(std::max<std::streamoff>(0, size - kTail));
  std::string last;
  for (std::string line; std::getline(log, line);) {
    if (!line.empty()) last = line;
  }
  return Redact(last);
}

Status LocalProcess::Prepare(const RuntimeRequest& request) const {
  VR_RETURN_IF_ERROR(MakePrivateFolder(options_.folder));
  VR_RETURN_IF_ERROR(MakePrivateFolder(options_.socket.parent_path()));
  std::error_code ignored;
  fs::remove(options_.socket, ignored);
  return WriteCredentials(options_.folder / "credentials", request.credentials);
}

Result<ChildProcess> LocalProcess::Launch(const RuntimeRequest& request, int output) const {
  const fs::path program = options_.program_dir / ("virtrigaud-provider-" + request.type);
  if (!fs::exists(program)) {
    return Error{ErrorKind::kNotSupported,
                 "spec.type: nothing here drives " + request.type + " (" + program.string() +
                     " does not exist); for a provider that runs elsewhere set spec.endpoint",
                 {}};
  }
  ChildOptions child{
      .arguments = {program.string()}, .environment = request.environment, .output = output};
  child.environment.insert(options_.environment.begin(), options_.environment.end());
  child.environment["PROVIDER_LISTEN"] = "unix:" + options_.socket.string();
  child.environment["PROVIDER_CREDENTIALS_DIR"] = (options_.folder / "credentials").string();
  return ChildProcess::Start(child);
}

// Running is what listens: whoever connects earlier is refused.
Result<ChildExit> LocalProcess::AwaitEnd(const Context& ctx, ChildProcess& child) {
  constexpr auto kLook = std::chrono::milliseconds(20);
  const Context starting = ctx.WithTimeout(kStartLimit);
  while (!fs::exists(options_.socket)) {
    const Result<ChildExit> exit = child.Wait(starting.WithTimeout(kLook));
    if (exit || !ctx.Check()) return exit;
    if (!starting.Check())
      return Error{ErrorKind::kTimeout,
                   "was ended: it did not listen within " + FormatDuration(kStartLimit),
                   {}};
  }
  SetStatus(RuntimePhase::kRunning, "process " + std::to_string(child.pid()) + " on this machine");
  return child.Wait(ctx);
}

// From its start to its end; why it ended, or kCancelled where it was told to.
Result<std::string> LocalProcess::RunOnce(const Context& ctx, const RuntimeRequest& request) {
  VR_RETURN_IF_ERROR(Prepare(request));
  VR_ASSIGN_OR_RETURN(const auto pump, OutputPump::Start(LogFile(), request.provider.name));
  VR_ASSIGN_OR_RETURN(ChildProcess child, Launch(request, pump->input()));
  pump->CloseInput();
  LogInfo(ctx, "Provider process started",
          {{"pid", std::to_string(child.pid())}, {"type", request.type}});
  const Result<ChildExit> exit = AwaitEnd(ctx, child);
  if (!exit) child.Terminate(kGrace);
  VR_RETURN_IF_ERROR(ctx.Check("run the provider process"));
  pump->Finish();
  std::string ended = "the provider process " + (exit ? exit->ToString() : exit.error().message);
  if (const std::string words = LastWords(); !words.empty()) ended += ": " + words;
  return ended;
}

void LocalProcess::Run(const std::stop_token& stop) {
  const RandomUnit random = MakeRandomUnit();
  int failures = 0;
  while (!stop.stop_requested()) {
    RuntimeRequest request;
    std::stop_source changed;
    {
      const std::scoped_lock lock(mutex_);
      request = request_;
      changed = changed_;
    }
    const std::stop_callback chain(stop, [&changed] { changed.request_stop(); });
    const Context ctx =
        Context(changed.get_token(), clock_).WithField("provider", request.provider.ToString());
    const TimePoint started = clock_.Now();
    const Result<std::string> reason = RunOnce(ctx, request);
    if (!ctx.Check()) {  // stopped, or a new request
      failures = 0;
      continue;
    }
    const std::string& ended = reason ? *reason : reason.error().message;
    failures = clock_.Now() - started > kHealthyRun ? 1 : failures + 1;
    LogWarn(ctx, "Provider process ended", {{"reason", ended}});
    SetStatus(RuntimePhase::kFailed, ended);
    // Returns early for a new request, which is then started at once.
    [[maybe_unused]] const Status waited = ctx.Sleep(BackoffDelay(kRestart, failures, random));
  }
}

}  // namespace vr::controllers
