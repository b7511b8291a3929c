// What every provider program reads from its arguments and its environment.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "sdk/server.h"

namespace vr::apps {

// The environment variable of that name; empty if it is not set.
using Environment = std::function<std::string(const std::string& name)>;
Environment ProcessEnvironment();
std::string ValueOr(const std::string& value, const std::string& fallback);

// One line of --help: a name, what holds without it, what it means.
struct Setting {
  std::string name;
  std::string fallback;
  std::string meaning;
};

struct ProviderDescription {
  std::string program;  // "virtrigaud-provider-mock"
  std::string type;     // Provider.spec.type
  std::string summary;
  std::vector<Setting> variables;  // its own; the common ones are added
  std::string example;
};

struct ProviderSettings {
  enum class Action { kServe, kShowHelp, kShowVersion };
  Action action = Action::kServe;
  sdk::ServerOptions server;
  LogOptions log;
  std::string ops_address;  // of /metrics, /healthz, /readyz and /health; empty: not served
  std::string endpoint;     // of the hypervisor; empty: the provider's own default
  bool exit_with_parent = false;
  pid_t expected_parent = 0;  // 0: whichever it is
};

// An argument wins over its variable. kInvalidSpec names the wrong one.
Result<ProviderSettings> ReadSettings(const std::vector<std::string>& arguments,
                                      const Environment& environment,
                                      const ProviderDescription& description);

std::string HelpText(const ProviderDescription& description);

// "true" or "false" (or 1, 0, yes, no); empty: `fallback`. kInvalidSpec with the name for anything
// else.
Result<bool> ParseSwitch(const std::string& name, const std::string& text, bool fallback);

}  // namespace vr::apps
