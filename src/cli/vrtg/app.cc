#include "cli/vrtg/app.h"

#include <CLI/CLI.hpp>
#include <sstream>

#include "base/redact.h"
#include "cli/exit_code.h"
#include "cli/vrtg/command_line.h"
#include "cli/vrtg/completion.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;

void AddGlobalFlags(CLI::App& app, GlobalFlags& flags) {
  app.add_option("--kubeconfig", flags.kubeconfig,
                 "Kubeconfig file (default: $VRTG_KUBECONFIG, $KUBECONFIG, ~/.kube/config)");
  app.add_option("--context", flags.context, "Context of ~/.vrtg/config.yaml or of the kubeconfig");
  app.add_option("-n,--namespace", flags.ns, "Namespace (default: the context's, or \"default\")");
  app.add_option("-o,--output", flags.output, "table, wide, json, yaml, name or jsonpath=TEMPLATE");
  app.add_option("--timeout", flags.timeout, "How long to try, for example 30s or 5m");
  app.add_option("--config", flags.config,
                 "Configuration file (default: $VRTG_CONFIG, ~/.vrtg/config.yaml)");
  app.add_flag("-v,--verbose", flags.verbose, "Show each request on standard error");
}

Result<ConfigFile> LoadConfig(const Env& env, const std::vector<std::string>& args) {
  // Aliases change the command line, so the file is needed before it is parsed.
  const auto variable = env.environment.find("VRTG_CONFIG");
  std::string named = variable == env.environment.end() ? "" : variable->second;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].starts_with("--config=")) named = args[i].substr(9);
    if (args[i] == "--config" && i + 1 < args.size()) named = args[i + 1];
  }
  if (!named.empty()) return LoadConfigFile(ExpandHome(named, env.home), FileIs::kNamed);
  return LoadConfigFile(env.home / ".vrtg" / "config.yaml", FileIs::kOptional);
}

int Report(Env& env, const Status& status) {
  if (status.ok()) return 0;
  const Error& error = status.error();
  env.out.flush();
  if (error.kind != ErrorKind::kCancelled || !env.stop.stop_requested()) {
    env.err << "error: " << InOurName(env, Redact(error.message)) << "\n";
    // A message that names a command to type is its own remedy.
    const bool has_remedy = error.message.find("'vrtg ") != std::string::npos ||
                            error.message.find("'kubectl ") != std::string::npos;
    if (const auto remedy = Remedy(error.kind); !remedy.empty() && !has_remedy)
      env.err << "hint: " << InOurName(env, std::string(remedy)) << "\n";
  }
  return ExitCode(error.kind);
}

// A command line that CLI11 refused, or a request for help.
int ReportParse(Env& env, const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    std::ostringstream help;
    const int code = app.exit(error, help, env.err);
    env.out << InOurName(env, help.str());
    return code;
  }
  env.err << "error: " << error.what() << "\nhint: '" << env.name
          << " --help' lists the commands; each has a --help of its own\n";
  return kExitUsage;
}

bool IsBuiltIn(const CLI::App& app, const std::string& word) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == word) return true;
  }
  return word.starts_with("-");
}

}  // namespace

int RunVrtg(Env& env, std::vector<std::string> args) {
  const auto config = LoadConfig(env, args);
  if (!config) return Report(env, config.error());

  CommandLine line(env);
  CLI::App& app = line.app;
  GlobalFlags flags;
  AddGlobalFlags(app, flags);
  AddCommands(line);
  if (!args.empty() && args.front() == "__complete") {
    if (const auto settings =
            ResolveSettings({}, env.environment, *config, {env.home, env.DataDir()})) {
      env.settings = *settings;
    }
    PrintCandidates(env, app, {args.begin() + 1, args.end()});
    return 0;
  }
  if (!args.empty() && !IsBuiltIn(app, args.front())) args = ExpandAlias(std::move(args), *config);
  if (args.empty()) {
    env.out << InOurName(env, app.help());
    return 0;
  }
  try {
    std::reverse(args.begin(), args.end());  // CLI11 takes them from the back
    app.parse(std::move(args));
  } catch (const CLI::ParseError& error) {
    return ReportParse(env, app, error);
  }
  auto settings = ResolveSettings(flags, env.environment, *config, {env.home, env.DataDir()});
  if (!settings) return Report(env, settings.error());
  env.settings = *std::move(settings);
  return Report(env, line.action());
}

}  // namespace vr::cli
