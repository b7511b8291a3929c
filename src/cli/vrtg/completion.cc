#include "cli/vrtg/completion.h"

#include <CLI/CLI.hpp>
#include <map>
#include <set>

#include "cli/vrtg/command_words.h"
#include "cli/vrtg/completion_values.h"

namespace vr::cli {
namespace {

constexpr const char* kBash = R"(# bash completion of vrtg
_vrtg() {
  local IFS=$'\n'
  COMPREPLY=($(vrtg __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [[ ${COMPREPLY[0]} == :files ]]; then
    COMPREPLY=()
    compopt -o default 2>/dev/null
  fi
}
complete -F _vrtg vrtg
)";

constexpr const char* kZsh = R"(#compdef vrtg
_vrtg() {
  local -a found
  found=("${(@f)$(vrtg __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ ${found[1]} == :files ]]; then
    _files
  elif [[ -n ${found[1]} ]]; then
    compadd -a found
  fi
}
if [[ ${funcstack[1]} == _vrtg ]]; then _vrtg "$@"; else compdef _vrtg vrtg; fi
)";

constexpr const char* kFish = R"(# fish completion of vrtg
function __vrtg_complete
  set -l found (vrtg __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  if test "$found[1]" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\n' $found
  end
end
complete -c vrtg -f -a '(__vrtg_complete)'
)";

constexpr const char* kPowershell = R"(# PowerShell completion of vrtg
Register-ArgumentCompleter -Native -CommandName vrtg -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '' }
  vrtg __complete -- @words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
)";

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

// What may stand where no flag does.
std::set<std::string> Arguments(const Env& env, const CLI::App& app, const ConfigFile& config) {
  std::set<std::string> names;
  for (std::string& name : CommandNames(app)) names.insert(std::move(name));
  if (app.get_parent() == nullptr) {
    for (const auto& [name, meant] : config.aliases) names.insert(name);
  }
  if (!names.empty()) return names;
  if (app.get_name() == "completion") return {"bash", "fish", "powershell", "zsh"};
  if (app.get_option_no_throw("file") != nullptr) return {kFilesBelongHere};
  return NamesMachines(app) ? MachineNames(env) : names;
}

// bash makes three words of "--output=json".
std::vector<std::string> JoinEquals(std::vector<std::string> words) {
  std::vector<std::string> joined;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool equals = words[i] == "=" && !joined.empty() && joined.back().starts_with("--");
    if (!equals) {
      joined.push_back(std::move(words[i]));
      continue;
    }
    // The flag takes the next word as its value; an empty one if it is still to come.
    if (i + 1 == words.size()) joined.emplace_back();
  }
  return joined;
}

void Print(Env& env, const std::set<std::string>& candidates, const std::string& partial,
           const std::string& prefix = "") {
  for (const std::string& candidate : candidates) {
    if (candidate == kFilesBelongHere || candidate.starts_with(partial))
      env.out << (candidate == kFilesBelongHere ? "" : prefix) << candidate << "\n";
  }
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

GlobalFlags FlagsOf(const CLI::App& app, const std::vector<std::string>& words) {
  const CommandWords read = ReadWords(app, words);
  const auto value = [&read](const char* name) -> std::optional<std::string> {
    const auto found = read.flags.find(name);
    if (found == read.flags.end() || found->second.empty()) return std::nullopt;
    return found->second;
  };
  return {.kubeconfig = value("kubeconfig"), .context = value("context"), .ns = value("namespace")};
}

void PrintCandidates(Env& env, const CLI::App& app, const ConfigFile& config,
                     std::vector<std::string> words) {
  words = JoinEquals(std::move(words));
  const std::string partial = words.empty() ? "" : words.back();
  if (!words.empty()) words.pop_back();
  if (auto meant = ExpandAlias(app, words, config.aliases)) words = *std::move(meant);
  const CommandWords read = ReadWords(app, words);
  if (read.waiting != nullptr) {
    const auto& names = read.waiting->get_lnames();
    return Print(env, ValuesOf(env, config, names.empty() ? "" : names.front()), partial);
  }
  const size_t equals = partial.find('=');
  if (partial.starts_with("--") && equals != std::string::npos) {
    return Print(env, ValuesOf(env, config, partial.substr(2, equals - 2)),
                 partial.substr(equals + 1), partial.substr(0, equals + 1));
  }
  if (partial.starts_with("-")) return Print(env, Flags(*read.command), partial);
  Print(env, Arguments(env, *read.command, config), partial);
}

}  // namespace vr::cli
