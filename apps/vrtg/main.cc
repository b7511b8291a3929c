// vrtg: the command line tool. As kubectl-virtrigaud it is a plug-in of kubectl.
#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/connect.h"
#include "cli/vrtg/app.h"
#include "common/stop_signals.h"

extern char** environ;

namespace {

namespace fs = std::filesystem;

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
  const vr::apps::StopSignals signals(vr::apps::StopSignals::Second::kEndsTheProcess);
  vr::ConfigureLog({.level = vr::LogLevel::kWarn, .format = vr::LogFormat::kConsole});
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  vr::cli::Env env{.in = std::cin, .out = std::cout, .err = std::cerr};
  env.environment = ReadEnvironment();
  env.home = Home(env.environment);
  env.program = program;
  env.program_dir = program.parent_path();
  env.name = Name(argc > 0 ? argv[0] : "vrtg");
  env.stop = signals.token();
  env.terminal = isatty(STDOUT_FILENO) == 1;
  env.connect = vr::cli::ConnectByKubeconfig;
  const int code = vr::cli::RunVrtg(env, {argv + std::min(argc, 1), argv + argc});
  std::cout.flush();
  return code;
}
