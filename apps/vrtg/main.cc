// vrtg: the command line tool. As kubectl-virtrigaud it is a plug-in of kubectl.
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "cli/connect.h"
#include "cli/vrtg/app.h"

extern char** environ;

namespace {

namespace fs = std::filesystem;
constexpr int kExitInterrupted = 130;

// SIGINT, SIGTERM and SIGHUP stop the command; a second one ends the process at once. Made before
// any other thread, so that all of them leave the signals to this one.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, kWake}) {
      struct sigaction action {};
      sigaction(number, nullptr, &action);
      if (action.sa_handler != SIG_IGN) sigaddset(&set_, number);  // as nohup wants it
    }
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    thread_ = std::jthread([this] { Wait(); });
  }
  ~Signals() {
    done_ = true;
    pthread_kill(thread_.native_handle(), kWake);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token stop() const { return stop_.get_token(); }

 private:
  static constexpr int kWake = SIGUSR1;

  void Wait() {
    pthread_setname_np(pthread_self(), "signals");
    while (true) {
      int number = 0;
      sigwait(&set_, &number);
      if (done_) return;
      if (number == kWake) continue;  // sent by somebody else; means nothing
      if (!stop_.request_stop()) _exit(kExitInterrupted);
    }
  }

  sigset_t set_{};
  std::stop_source stop_;
  std::atomic<bool> done_ = false;
  std::jthread thread_;
};

vr::cli::Environment ReadEnvironment() {
  vr::cli::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos)
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

fs::path Home(const vr::cli::Environment& environment) {
  const auto found = environment.find("HOME");
  if (found != environment.end() && !found->second.empty()) return found->second;
  const passwd* user = getpwuid(getuid());  // NOLINT(concurrency-mt-unsafe): no thread uses it
  return user != nullptr ? user->pw_dir : "/";
}

// kubectl runs `kubectl-virtrigaud` for `kubectl virtrigaud`.
std::string Name(const char* called) {
  const std::string file = fs::path(called).filename().string();
  const std::string plugin = "kubectl-";
  return file.starts_with(plugin) ? "kubectl " + file.substr(plugin.size()) : "vrtg";
}

}  // namespace

int main(int argc, char** argv) {
  // Whoever reads our output may go away: then writing fails, and we end in order.
  signal(SIGPIPE, SIG_IGN);
  Signals signals;
  vr::ConfigureLog({.level = vr::LogLevel::kWarn, .format = vr::LogFormat::kConsole});
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  vr::cli::Env env{.in = std::cin, .out = std::cout, .err = std::cerr};
  env.environment = ReadEnvironment();
  env.home = Home(env.environment);
  env.program = program;
  env.program_dir = program.parent_path();
  env.name = Name(argc > 0 ? argv[0] : "vrtg");
  env.stop = signals.stop();
  env.terminal = isatty(STDOUT_FILENO) == 1;
  env.connect = vr::cli::ConnectByKubeconfig;
  const int code = vr::cli::RunVrtg(env, {argv + std::min(argc, 1), argv + argc});
  std::cout.flush();
  return code;
}
