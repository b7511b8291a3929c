// What a command works with: flags, then environment, then ~/.vrtg/config.yaml, then defaults.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/output_format.h"

namespace vr::cli {

using Environment = std::map<std::string, std::string>;

// As given on the command line; nothing where a flag is absent.
struct GlobalFlags {
  std::optional<std::string> config;
  std::optional<std::string> kubeconfig;
  std::optional<std::string> context;
  std::optional<std::string> ns;
  std::optional<std::string> output;
  std::optional<std::string> timeout;
  bool verbose = false;
};

struct ContextSettings {
  std::optional<std::string> kubeconfig;
  std::optional<std::string> ns;
  std::optional<std::string> output;
  std::optional<std::string> timeout;
};

// ~/.vrtg/config.yaml as written.
struct ConfigFile {
  std::map<std::string, ContextSettings> contexts;
  std::string current_context;
  ContextSettings defaults;
  std::map<std::string, std::string> aliases;
  std::string preferred_provider;
  bool colors = false;
  bool timestamps = false;
};

// Unknown keys are refused: a typo would otherwise be a setting that silently does nothing.
Result<ConfigFile> ParseConfigFile(std::string_view text);

// The file at `path`; an absent one is an empty one unless it was `named` by the user.
enum class FileIs { kOptional, kNamed };
Result<ConfigFile> LoadConfigFile(const std::filesystem::path& path, FileIs presence);

struct Settings {
  std::string kubeconfig;    // empty: none found, see kubeconfig_candidates
  std::string kube_context;  // a context of the kubeconfig; empty: its current one
  std::string ns;            // empty: the kubeconfig's namespace, else "default"
  bool ns_from_flag = false;
  OutputFormat output;
  std::optional<Duration> timeout;
  std::string preferred_provider;
  bool colors = false;
  bool timestamps = false;
  bool verbose = false;
};

// kInvalidSpec unless it is a duration of more than zero.
Result<Duration> ParseTimeout(const std::string& text);

struct Places {
  std::filesystem::path home;
  std::filesystem::path data_dir;  // of `vrtg up`; its kubeconfig is the last resort
};

Result<Settings> ResolveSettings(const GlobalFlags& flags, const Environment& environment,
                                 const ConfigFile& file, const Places& places);

// "~" and "~/..." below `home`.
std::string ExpandHome(const std::string& path, const std::filesystem::path& home);

// --data-dir, VRTG_DATA_DIR, XDG_DATA_HOME/virtrigaud or ~/.local/share/virtrigaud.
std::filesystem::path DefaultDataDir(const Environment& environment,
                                     const std::filesystem::path& home);

}  // namespace vr::cli
