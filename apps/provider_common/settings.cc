#include "provider_common/settings.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

namespace vr::apps {
namespace {

constexpr int kHighestPort = 65535;

const std::vector<Setting>& CommonVariables() {
  static const std::vector<Setting> kVariables = {
      {"PROVIDER_LISTEN", "0.0.0.0:9443", "gRPC address, host:port or unix:/path"},
      {"GRPC_PORT", "9443", "gRPC port on all addresses, without PROVIDER_LISTEN"},
      {"HEALTH_PORT", "", "port of /metrics, /healthz, /readyz and /health (plain HTTP)"},
      {"PROVIDER_TLS_DIR", "/etc/virtrigaud/tls",
       "tls.crt, tls.key and ca.crt; read again when they change"},
      {"TLS_ENABLED", "true", "false: serve plaintext whatever PROVIDER_TLS_DIR has"},
      {"VIRTRIGAUD_PROVIDER_INSECURE", "false",
       "true: serve plaintext over TCP if there are no TLS files"},
      {"VIRTRIGAUD_PROVIDER_ALLOWED_SANS", "",
       "names that client certificates may have, separated by commas; none: any of the CA"},
      {"VIRTRIGAUD_EXIT_WITH_PARENT", "false", "true: end when the process that started it ends"},
      {"VIRTRIGAUD_PARENT_PID", "", "who that is; ends at once if it is gone already"},
      {"LOG_LEVEL", "info", "debug, info, warn or error"},
      {"LOG_FORMAT", "json", "json or console"}};
  return kVariables;
}

const std::vector<Setting>& Arguments() {
  static const std::vector<Setting> kArguments = {
      {"--port", "9443", "gRPC port on all addresses"},
      {"--grpc-addr", "", "gRPC address, as PROVIDER_LISTEN; \":9090\" is all addresses"},
      {"--health-port", "", "as HEALTH_PORT"},
      {"--metrics-addr", "", "the same as an address"},
      {"--provider-endpoint", "", "as PROVIDER_ENDPOINT"},
      {"--provider-type", "", "refuses to start as another type of provider"},
      {"--tls-enabled", "true", "as TLS_ENABLED"},
      {"--help", "", "this text"},
      {"--version", "", "the version"}};
  return kArguments;
}

Error Invalid(std::string message) { return {ErrorKind::kInvalidSpec, std::move(message), {}}; }

bool TakesValue(const std::string& name) { return name != "--help" && name != "--version"; }

// "--name value" and "--name=value".
Result<std::map<std::string, std::string>> ParseArguments(
    const std::vector<std::string>& arguments) {
  std::map<std::string, std::string> values;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const size_t equals = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, equals);
    const bool known = std::any_of(Arguments().begin(), Arguments().end(),
                                   [&](const Setting& a) { return a.name == name; });
    if (!known) return Invalid("there is no argument '" + name + "'; see --help");
    if (equals != std::string::npos) {
      values[name] = arguments[i].substr(equals + 1);
    } else if (!TakesValue(name)) {
      values[name] = "";
    } else if (i + 1 < arguments.size()) {
      values[name] = arguments[++i];
    } else {
      return Invalid(name + " needs a value; see --help");
    }
  }
  return values;
}

Result<int64_t> ParseNumber(const std::string& name, const std::string& text, int64_t max) {
  int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc() && end == text.data() + text.size() && number >= 0 && number <= max)
    return number;
  return Invalid(name + ": '" + text + "' is not a number from 0 to " + std::to_string(max));
}

// ":9090" and "9090" mean all addresses.
Result<std::string> Address(const std::string& name, const std::string& text) {
  if (text.starts_with("unix:")) return text;
  const size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  VR_RETURN_IF_ERROR(ParseNumber(name, port, kHighestPort).status());
  if (colon == std::string::npos || colon == 0) return "0.0.0.0:" + port;
  return text;
}

// The arguments over the environment: the first that is set, and its name.
class Sources {
 public:
  Sources(std::map<std::string, std::string> arguments, const Environment& environment)
      : arguments_(std::move(arguments)), environment_(environment) {}

  struct Found {
    std::string name;
    std::string value;
  };
  Found First(const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
      const auto argument = arguments_.find(name);
      if (argument != arguments_.end()) return {name, argument->second};
      if (name.starts_with("--")) continue;
      if (std::string value = environment_(name); !value.empty()) return {name, std::move(value)};
    }
    return {};
  }
  bool Has(const std::string& argument) const { return arguments_.contains(argument); }

 private:
  std::map<std::string, std::string> arguments_;
  const Environment& environment_;
};

Result<bool> Switch(const Sources& sources, const std::vector<std::string>& names, bool fallback) {
  const auto [name, value] = sources.First(names);
  return ParseSwitch(name, value, fallback);
}

Status ReadServer(const Sources& sources, sdk::ServerOptions& server) {
  auto listen = sources.First({"--grpc-addr", "--port", "PROVIDER_LISTEN", "GRPC_PORT"});
  if (listen.name.empty()) listen = {"GRPC_PORT", "9443"};
  VR_ASSIGN_OR_RETURN(server.address, Address(listen.name, listen.value));
  server.tls_dir = ValueOr(sources.First({"PROVIDER_TLS_DIR"}).value, "/etc/virtrigaud/tls");
  VR_ASSIGN_OR_RETURN(server.insecure, Switch(sources, {"VIRTRIGAUD_PROVIDER_INSECURE"}, false));
  VR_ASSIGN_OR_RETURN(const bool tls, Switch(sources, {"--tls-enabled", "TLS_ENABLED"}, true));
  if (!tls) server.insecure = true;
  if (!tls || !std::filesystem::exists(server.tls_dir)) server.tls_dir.clear();
  std::stringstream sans(sources.First({"VIRTRIGAUD_PROVIDER_ALLOWED_SANS"}).value);
  for (std::string san; std::getline(sans, san, ',');) server.allowed_sans.push_back(san);
  return {};
}

std::string Table(const std::vector<Setting>& settings) {
  size_t width = 0;
  for (const Setting& setting : settings) width = std::max(width, setting.name.size());
  std::string out;
  for (const Setting& setting : settings) {
    out +=
        "  " + setting.name + std::string(width + 2 - setting.name.size(), ' ') + setting.meaning;
    if (!setting.fallback.empty()) out += " (default: " + setting.fallback + ")";
    out += "\n";
  }
  return out;
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return std::string(value != nullptr ? value : "");
  };
}

std::string ValueOr(const std::string& value, const std::string& fallback) {
  return value.empty() ? fallback : value;
}

Result<bool> ParseSwitch(const std::string& name, const std::string& text, bool fallback) {
  if (text.empty()) return fallback;
  if (text == "true" || text == "1" || text == "yes") return true;
  if (text == "false" || text == "0" || text == "no") return false;
  return Invalid(name + ": '" + text + "' is neither true nor false");
}

Result<ProviderSettings> ReadSettings(const std::vector<std::string>& arguments,
                                      const Environment& environment,
                                      const ProviderDescription& description) {
  VR_ASSIGN_OR_RETURN(auto parsed, ParseArguments(arguments));
  const Sources sources(std::move(parsed), environment);
  ProviderSettings settings;
  if (sources.Has("--help")) settings.action = ProviderSettings::Action::kShowHelp;
  if (sources.Has("--version")) settings.action = ProviderSettings::Action::kShowVersion;
  if (settings.action != ProviderSettings::Action::kServe) return settings;
  const std::string type = sources.First({"--provider-type"}).value;
  if (!type.empty() && type != description.type) {
    return Invalid("--provider-type: this program is the provider of type " + description.type +
                   ", not of " + type);
  }
  VR_RETURN_IF_ERROR(ReadServer(sources, settings.server));
  const auto ops = sources.First({"--metrics-addr", "--health-port", "HEALTH_PORT"});
  if (!ops.value.empty()) {
    VR_ASSIGN_OR_RETURN(settings.ops_address, Address(ops.name, ops.value));
  }
  settings.endpoint = sources.First({"--provider-endpoint", "PROVIDER_ENDPOINT"}).value;
  VR_ASSIGN_OR_RETURN(settings.exit_with_parent,
                      Switch(sources, {"VIRTRIGAUD_EXIT_WITH_PARENT"}, false));
  const auto parent = sources.First({"VIRTRIGAUD_PARENT_PID"});
  VR_ASSIGN_OR_RETURN(const int64_t pid,
                      ParseNumber("VIRTRIGAUD_PARENT_PID", ValueOr(parent.value, "0"), INT32_MAX));
  settings.expected_parent = static_cast<pid_t>(pid);
  VR_ASSIGN_OR_RETURN(settings.log.level,
                      ParseLogLevel(ValueOr(sources.First({"LOG_LEVEL"}).value, "info")));
  VR_ASSIGN_OR_RETURN(settings.log.format,
                      ParseLogFormat(ValueOr(sources.First({"LOG_FORMAT"}).value, "json")));
  return settings;
}

std::string HelpText(const ProviderDescription& description) {
  return description.program + ": " + description.summary + "\n\nusage: " + description.program +
         " [arguments]\n\nArguments (they win over the environment)\n" + Table(Arguments()) +
         "\nEnvironment of this provider\n" + Table(description.variables) +
         "\nEnvironment of every provider\n" + Table(CommonVariables()) + "\nExample\n  " +
         description.example + "\n";
}

}  // namespace vr::apps
