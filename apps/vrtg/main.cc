// vrtg: the command line tool. As kubectl-virtrigaud it is a plug-in of kubectl.
#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/connect.h"
#include "cli/exit_code.h"
#include "cli/file_output.h"
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
std::string Name(const std::string& called) {
  const std::string file = fs::path(called).filename().string();
  const std::string plugin = "kubectl-";
  return file.starts_with(plugin) ? "kubectl " + file.substr(plugin.size()) : "vrtg";
}

// A descriptor of standard input, output or error that came closed must not be given to a file of
// ours: what is printed would end up in it. In its place: one that cannot be used, either.
void KeepStandardDescriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number, which is this one.
    [[maybe_unused]] const int made = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int Run(const std::vector<std::string>& words) {
  const vr::apps::StopSignals signals(vr::apps::StopSignals::Second::kEndsTheProcess);
  vr::ConfigureLog({.level = vr::LogLevel::kWarn, .format = vr::LogFormat::kConsole});
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  vr::cli::FileOutput out(STDOUT_FILENO);
  vr::cli::Env env{.in = std::cin, .out = out, .err = std::cerr};
  env.environment = ReadEnvironment();
  env.home = Home(env.environment);
  env.program = program;
  env.program_dir = program.parent_path();
  env.name = Name(words.empty() ? "vrtg" : words.front());
  env.stop = signals.token();
  env.terminal = isatty(STDOUT_FILENO) == 1;
  env.out_error = [&out] { return out.error(); };
  env.connect = vr::cli::ConnectByKubeconfig;
  return vr::cli::RunVrtg(env, {words.begin() + (words.empty() ? 0 : 1), words.end()});
}

}  // namespace

int main(int argc, char** argv) {
  KeepStandardDescriptors();
  try {
    return Run({argv, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
  }
  return vr::cli::ExitCode(vr::ErrorKind::kInternal);
}
