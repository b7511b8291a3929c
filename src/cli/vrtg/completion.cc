#include "cli/vrtg/completion.h"

#include <CLI/CLI.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/json_util.h"
#include "cli/resources.h"

namespace vr::cli {
namespace {

constexpr const char* kBash = R"(# bash completion of vrtg
_vrtg() {
  local IFS=$'\n'
  COMPREPLY=($(vrtg __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _vrtg vrtg
)";

constexpr const char* kZsh = R"(#compdef vrtg
_vrtg() {
  local -a found
  found=("${(@f)$(vrtg __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n ${found[1]} ]]; then compadd -a found; else _files; fi
}
if [[ ${funcstack[1]} == _vrtg ]]; then _vrtg "$@"; else compdef _vrtg vrtg; fi
)";

constexpr const char* kFish = R"(# fish completion of vrtg
complete -c vrtg -a '(vrtg __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
)";

constexpr const char* kPowershell = R"(# PowerShell completion of vrtg
Register-ArgumentCompleter -Native -CommandName vrtg -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '' }
  vrtg __complete -- @words 2>$null | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
)";

// The flags that take a value: the word after one is not a command.
bool TakesValue(const CLI::App& app, const std::string& flag) {
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    if (const CLI::Option* option = at->get_option_no_throw(flag))
      return option->get_items_expected_max() > 0;
  }
  return false;
}

std::set<std::string> Flags(const CLI::App& app) {
  std::set<std::string> flags;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) flags.insert("--" + name);
    }
  }
  return flags;
}

bool NamesMachines(const CLI::App& command) {
  return command.get_parent() != nullptr && command.get_parent()->get_name() == "vm" &&
         command.get_name() != "create" && command.get_option_no_throw("name") != nullptr;
}

std::set<std::string> MachineNames(const Env& env) {
  std::set<std::string> names;
  const auto connection = Connect(env);
  if (!connection) return names;
  const Context ctx = Context(env.stop, env.clock).WithTimeout(std::chrono::seconds(2));
  const auto vms = ListAll(ctx, *connection->client, VirtualMachineType(), {.ns = connection->ns});
  if (!vms) return names;
  for (const auto& vm : *vms) names.insert(TextAt(vm, "/metadata/name"));
  return names;
}

const CLI::App* Subcommand(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

std::set<std::string> Candidates(const Env& env, const CLI::App& app, const std::string& partial) {
  if (partial.starts_with("-")) return Flags(app);
  std::set<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.insert(command->get_name());
  if (names.empty() && app.get_name() == "completion") return {"bash", "fish", "powershell", "zsh"};
  return names.empty() && NamesMachines(app) ? MachineNames(env) : names;
}

}  // namespace

Status PrintCompletionScript(Env& env, const std::string& shell) {
  static const std::map<std::string, const char*> scripts = {
      {"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}, {"powershell", kPowershell}};
  const auto found = scripts.find(shell);
  if (found == scripts.end()) {
    return Error{
        ErrorKind::kInvalidSpec, "shell '" + shell + "': use bash, zsh, fish or powershell", {}};
  }
  env.out << found->second;
  return {};
}

void PrintCandidates(Env& env, const CLI::App& app, std::vector<std::string> words) {
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  const std::string partial = words.empty() ? "" : words.back();
  if (!words.empty()) words.pop_back();
  const CLI::App* at = &app;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with("-")) {
      if (words[i].find('=') != std::string::npos || !TakesValue(*at, words[i])) continue;
      if (++i == words.size()) return;  // the value of a flag: the shell offers files
      continue;
    }
    if (const CLI::App* next = Subcommand(*at, words[i])) at = next;
  }
  for (const std::string& candidate : Candidates(env, *at, partial)) {
    if (candidate.starts_with(partial)) env.out << candidate << "\n";
  }
}

}  // namespace vr::cli
