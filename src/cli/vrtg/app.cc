#include "cli/vrtg/app.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/vrtg/command_line.h"
#include "cli/vrtg/command_words.h"
#include "cli/vrtg/completion.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;

template <class Parse>
CLI::Validator Accepts(Parse parse) {
  return CLI::Validator(
      [parse](std::string& text) {
        const Status parsed = parse(text);
        return parsed.ok() ? std::string() : parsed.error().message;
      },
      "");
}

void AddGlobalFlags(CLI::App& app, GlobalFlags& flags) {
  app.add_option("--kubeconfig", flags.kubeconfig,
                 "Kubeconfig file (default: $VRTG_KUBECONFIG, $KUBECONFIG, ~/.kube/config)");
  app.add_option("--context", flags.context, "Context of ~/.vrtg/config.yaml or of the kubeconfig");
  app.add_option("-n,--namespace", flags.ns, "Namespace (default: the context's, or \"default\")");
  app.add_option("-o,--output", flags.output, "table, wide, json, yaml, name or jsonpath=TEMPLATE")
      ->check(Accepts([](const std::string& text) { return ParseOutputFormat(text).status(); }));
  app.add_option("--timeout", flags.timeout, "How long to try, for example 30s or 5m")
      ->check(Accepts([](const std::string& text) { return ParseTimeout(text).status(); }));
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
  if (!env.out) return ExitCode(error.kind);  // CheckOutput says why
  if (error.kind != ErrorKind::kCancelled || !env.stop.stop_requested()) ReportError(env, error);
  return ExitCode(error.kind);
}

int ReportUsage(Env& env, const std::string& message, const CLI::App& command) {
  std::string words;
  for (const CLI::App* at = &command; at->get_parent() != nullptr; at = at->get_parent())
    words = at->get_name() + " " + words;
  ReportError(env, WithHint({ErrorKind::kInvalidSpec, message, {}},
                            "'vrtg " + words + "--help' shows what there is"));
  return kExitUsage;
}

// A command line that CLI11 refused, or a request for help.
int ReportParse(Env& env, const CLI::App& app, const CLI::App& command,
                const CLI::ParseError& error) {
  if (error.get_exit_code() != 0) return ReportUsage(env, error.what(), command);
  std::ostringstream help;
  const int code = app.exit(error, help, env.err);
  env.out << InOurName(env, help.str());
  return code;
}

// What was printed must have arrived; a reader that went away is nobody's error.
int CheckOutput(Env& env, int code) {
  if (env.out.flush()) return code;
  const int error = env.out_error ? env.out_error() : EIO;
  if (error == EPIPE) return kExitBrokenPipe;
  const std::string why = std::strerror(error);
  ReportError(env, WithHint({ErrorKind::kInvalidSpec, "cannot write the output: " + why, {}}, ""));
  return code == 0 || code == ExitCode(ErrorKind::kCancelled) ? ExitCode(ErrorKind::kInvalidSpec)
                                                              : code;
}

int Complete(Env& env, const CLI::App& app, const ConfigFile& config,
             std::vector<std::string> words) {
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  const GlobalFlags flags = FlagsOf(app, words);
  if (auto settings = ResolveSettings(flags, env.environment, config, {env.home, env.DataDir()}))
    env.settings = *std::move(settings);
  PrintCandidates(env, app, config, std::move(words));
  return 0;
}

int Run(Env& env, std::vector<std::string> args) {
  const auto config = LoadConfig(env, args);
  if (!config) return Report(env, config.error());

  CommandLine line(env);
  CLI::App& app = line.app;
  GlobalFlags flags;
  AddGlobalFlags(app, flags);
  AddCommands(line);
  if (!args.empty() && args.front() == "__complete")
    return Complete(env, app, *config, {args.begin() + 1, args.end()});
  if (args.empty()) args = {"--help"};
  auto words = ExpandAlias(app, std::move(args), config->aliases);
  if (!words) return ReportUsage(env, words.error().message, app);
  const CLI::App& command = *ReadWords(app, *words).command;
  if (const Status known = CheckCommandWords(app, *words, config->aliases); !known)
    return ReportUsage(env, known.error().message, command);
  try {
    std::reverse(words->begin(), words->end());  // CLI11 takes them from the back
    app.parse(*std::move(words));
  } catch (const CLI::ParseError& error) {
    return ReportParse(env, app, command, error);
  }
  auto settings = ResolveSettings(flags, env.environment, *config, {env.home, env.DataDir()});
  if (!settings) return Report(env, settings.error());
  env.settings = *std::move(settings);
  if (const Status sound = line.check(); !sound)
    return ReportUsage(env, sound.error().message, command);
  return Report(env, line.action());
}

}  // namespace

int RunVrtg(Env& env, std::vector<std::string> args) {
  int code = ExitCode(ErrorKind::kInternal);
  try {
    code = Run(env, std::move(args));
  } catch (const std::exception& error) {
    ReportError(env, {ErrorKind::kInternal, error.what(), {}});
  }
  return CheckOutput(env, code);
}

}  // namespace vr::cli
