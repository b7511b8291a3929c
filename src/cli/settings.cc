#include "cli/settings.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/duration.h"
#include "cli/text_file.h"
#include "kube/yaml.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

Error Bad(const std::string& what) { return Error{ErrorKind::kInvalidSpec, what, {}}; }

Result<std::string> Text(const Json& value, const std::string& path) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return Bad(path + " must be a text");
}

Result<bool> Flag(const Json& value, const std::string& path) {
  if (!value.is_boolean()) return Bad(path + " must be true or false");
  return value.get<bool>();
}

Result<ContextSettings> ParseContext(const Json& value, const std::string& path) {
  if (!value.is_object()) return Bad(path + " must be a mapping");
  ContextSettings settings;
  for (const auto& [key, entry] : value.items()) {
    VR_ASSIGN_OR_RETURN(std::string text, Text(entry, path + "." + key));
    if (key == "kubeconfig") {
      settings.kubeconfig = text;
    } else if (key == "namespace") {
      settings.ns = text;
    } else if (key == "output") {
      settings.output = text;
    } else if (key == "timeout") {
      settings.timeout = text;
    } else {
      return Bad(path + "." + key +
                 " is unknown; there are kubeconfig, namespace, output, timeout");
    }
  }
  return settings;
}

Status ParseOutputBlock(const Json& value, ConfigFile& file) {
  if (!value.is_object()) return Bad("output must be a mapping (colors, timestamps)");
  for (const auto& [key, entry] : value.items()) {
    VR_ASSIGN_OR_RETURN(const bool on, Flag(entry, "output." + key));
    if (key == "colors") {
      file.colors = on;
    } else if (key == "timestamps") {
      file.timestamps = on;
    } else {
      return Bad("output." + key + " is unknown; there are colors, timestamps");
    }
  }
  return {};
}

Status ParseEntry(const std::string& key, const Json& value, ConfigFile& file) {
  if (key == "current-context") {
    VR_ASSIGN_OR_RETURN(file.current_context, Text(value, key));
    return {};
  }
  if (key == "output") return ParseOutputBlock(value, file);
  if (!value.is_object()) return Bad(key + " must be a mapping");
  if (key == "defaults") {
    VR_ASSIGN_OR_RETURN(file.defaults, ParseContext(value, key));
    return {};
  }
  if (key != "contexts" && key != "aliases" && key != "providers") {
    return Bad(
        key +
        " is unknown; there are contexts, current-context, defaults, aliases, providers, output");
  }
  for (const auto& [name, entry] : value.items()) {
    const std::string path = key + "." + name;
    if (key == "contexts") {
      VR_ASSIGN_OR_RETURN(file.contexts[name], ParseContext(entry, path));
    } else if (key == "aliases") {
      VR_ASSIGN_OR_RETURN(file.aliases[name], Text(entry, path));
    } else if (key == "providers" && name == "preferred") {
      VR_ASSIGN_OR_RETURN(file.preferred_provider, Text(entry, path));
    } else {
      return Bad(path + " is unknown; there is providers.preferred");
    }
  }
  return {};
}

std::optional<std::string> Lookup(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

template <class... Rest>
std::optional<std::string> FirstOf(const std::optional<std::string>& first, const Rest&... rest) {
  if (first) return first;
  if constexpr (sizeof...(rest) > 0) return FirstOf(rest...);
  return std::nullopt;
}

std::string FindKubeconfig(const std::optional<std::string>& chosen, const Places& places) {
  if (chosen) return ExpandHome(*chosen, places.home);
  for (const fs::path& path : {places.home / ".kube" / "config", places.data_dir / "kubeconfig"}) {
    if (std::error_code ec; fs::exists(path, ec)) return path.string();
  }
  return "";
}

}  // namespace

Result<ConfigFile> ParseConfigFile(std::string_view text) {
  VR_ASSIGN_OR_RETURN(const std::vector<Json> documents, kube::ParseYaml(text));
  ConfigFile file;
  if (documents.empty()) return file;
  if (documents.size() > 1 || !documents[0].is_object()) return Bad("must be one mapping");
  for (const auto& [key, value] : documents[0].items()) {
    VR_RETURN_IF_ERROR(ParseEntry(key, value, file));
  }
  return file;
}

Result<ConfigFile> LoadConfigFile(const fs::path& path, FileIs presence) {
  std::error_code ec;
  if (presence == FileIs::kOptional && !fs::exists(path, ec)) return ConfigFile{};
  std::istringstream none;
  const auto text = ReadText(none, path.string());
  if (!text) return text.error().Wrap("configuration file");
  auto file = ParseConfigFile(*text);
  if (!file) return file.error().Wrap(path.string());
  return file;
}

Result<Duration> ParseTimeout(const std::string& text) {
  VR_ASSIGN_OR_RETURN(const Duration timeout, ParseDuration(text));
  if (timeout <= Duration::zero()) return Bad("a timeout must be more than zero");
  return timeout;
}

Result<Settings> ResolveSettings(const GlobalFlags& flags, const Environment& environment,
                                 const ConfigFile& file, const Places& places) {
  Settings settings;
  ContextSettings context;
  const auto name = FirstOf(flags.context, Lookup(environment, "VRTG_CONTEXT"));
  if (const auto found = file.contexts.find(name.value_or(file.current_context));
      found != file.contexts.end()) {
    context = found->second;
  } else if (name) {
    settings.kube_context = *name;  // not one of ours: a context of the kubeconfig
  } else if (!file.current_context.empty()) {
    return Bad("current-context '" + file.current_context +
               "' is not among the contexts of the configuration file");
  }
  settings.kubeconfig = FindKubeconfig(
      FirstOf(flags.kubeconfig, Lookup(environment, "VRTG_KUBECONFIG"),
              Lookup(environment, "KUBECONFIG"), context.kubeconfig, file.defaults.kubeconfig),
      places);
  settings.ns =
      FirstOf(flags.ns, Lookup(environment, "VRTG_NAMESPACE"), context.ns, file.defaults.ns)
          .value_or("");
  settings.ns_from_flag = flags.ns.has_value();
  const auto output = FirstOf(flags.output, Lookup(environment, "VRTG_OUTPUT"), context.output,
                              file.defaults.output);
  VR_ASSIGN_OR_RETURN(settings.output, ParseOutputFormat(output.value_or("table")));
  if (const auto timeout = FirstOf(flags.timeout, Lookup(environment, "VRTG_TIMEOUT"),
                                   context.timeout, file.defaults.timeout)) {
    VR_ASSIGN_OR_RETURN(settings.timeout, ParseTimeout(*timeout));
  }
  settings.preferred_provider = file.preferred_provider;
  settings.colors = file.colors && !environment.contains("NO_COLOR");
  settings.timestamps = file.timestamps;
  settings.verbose = flags.verbose;
  return settings;
}

std::string ExpandHome(const std::string& path, const fs::path& home) {
  if (path == "~") return home.string();
  return path.starts_with("~/") ? (home / path.substr(2)).string() : path;
}

fs::path DefaultDataDir(const Environment& environment, const fs::path& home) {
  if (const auto chosen = Lookup(environment, "VRTG_DATA_DIR")) return ExpandHome(*chosen, home);
  if (const auto xdg = Lookup(environment, "XDG_DATA_HOME")) return fs::path(*xdg) / "virtrigaud";
  return home / ".local" / "share" / "virtrigaud";
}

}  // namespace vr::cli
