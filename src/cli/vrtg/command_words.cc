#include "cli/vrtg/command_words.h"

#include <CLI/CLI.hpp>
#include <optional>
#include <sstream>

#include "base/text.h"
#include "cli/suggest.h"

namespace vr::cli {
namespace {

std::string LongName(const CLI::Option& option) {
  return option.get_lnames().empty() ? "" : option.get_lnames().front();
}

// "--flag=value", "-nvalue" and "--flag" taken apart.
struct FlagWord {
  std::string flag;
  std::optional<std::string> value;
};
FlagWord Split(const CLI::App& command, const std::string& word) {
  const size_t equals = word.find('=');
  if (word.starts_with("--")) {
    if (equals == std::string::npos) return {word, std::nullopt};
    return {word.substr(0, equals), word.substr(equals + 1)};
  }
  const std::string flag = word.substr(0, 2);
  const CLI::Option* option = FindFlag(command, flag);
  if (word.size() == 2 || option == nullptr || !TakesValue(*option)) return {word, std::nullopt};
  return {flag, word.substr(word[2] == '=' ? 3 : 2)};
}

}  // namespace

const CLI::App* FindCommand(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

const CLI::Option* FindFlag(const CLI::App& command, const std::string& flag) {
  for (const CLI::App* at = &command; at != nullptr; at = at->get_parent()) {
    if (const CLI::Option* option = at->get_option_no_throw(flag)) return option;
  }
  return nullptr;
}

bool TakesValue(const CLI::Option& flag) { return flag.get_items_expected_max() > 0; }

CommandWords ReadWords(const CLI::App& app, const std::vector<std::string>& words) {
  CommandWords read{.command = &app};
  bool flags_end = false;
  for (size_t i = 0; i < words.size(); ++i) {
    read.waiting = nullptr;
    const std::string& word = words[i];
    if (flags_end || word.size() < 2 || word[0] != '-') {
      const CLI::App* next = FindCommand(*read.command, word);
      if (next != nullptr && read.arguments.empty()) {
        read.command = next;
      } else {
        read.arguments.push_back(i);
      }
      continue;
    }
    flags_end = word == "--";
    const FlagWord flag = Split(*read.command, word);
    const CLI::Option* option = FindFlag(*read.command, flag.flag);
    if (option == nullptr || !TakesValue(*option)) continue;
    if (flag.value) {
      read.flags[LongName(*option)] = *flag.value;
    } else if (i + 1 < words.size()) {
      read.flags[LongName(*option)] = words[++i];
    } else {
      read.waiting = option;
    }
  }
  return read;
}

Result<std::vector<std::string>> ExpandAlias(const CLI::App& app, std::vector<std::string> words,
                                             const Aliases& aliases) {
  const CommandWords read = ReadWords(app, words);
  if (read.command != &app || read.arguments.empty()) return words;
  const size_t at = read.arguments.front();
  const auto alias = aliases.find(words[at]);
  if (alias == aliases.end()) return words;
  std::istringstream in(alias->second);
  std::vector<std::string> meant;
  for (std::string word; in >> word;) meant.push_back(word);
  if (meant.empty())
    return Error{ErrorKind::kInvalidSpec, "alias '" + alias->first + "' stands for nothing", {}};
  const auto place = words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
  words.insert(place, meant.begin(), meant.end());
  return words;
}

Status CheckCommandWords(const CLI::App& app, const std::vector<std::string>& words,
                         const Aliases& aliases) {
  const CommandWords read = ReadWords(app, words);
  std::vector<std::string> known = CommandNames(*read.command);
  if (known.empty() || read.arguments.empty()) return {};
  const std::string& word = words[read.arguments.front()];
  if (read.command == &app) {
    for (const auto& [name, meant] : aliases) known.push_back(name);
  }
  std::erase(known, word);  // an alias of itself
  const std::string list = Joined(CommandNames(*read.command), ", ");
  const std::string meant = DidYouMean(word, known);
  return Error{ErrorKind::kInvalidSpec,
               "unknown command '" + word + "'" + (meant.empty() ? "; there are " + list : meant),
               {}};
}

}  // namespace vr::cli
