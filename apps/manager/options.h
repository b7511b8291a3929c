// Flags and environment of virtrigaud-manager.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "resilience/config.h"
#include "tracing.h"

namespace vr::manager {

struct Options {
  std::vector<std::filesystem::path> kubeconfig;  // empty: in a pod
  std::string context;
  std::string ns;
  std::filesystem::path state_dir;
  std::filesystem::path ready_file;
  std::filesystem::path provider_dir;
  std::string metrics_address = ":8080";
  std::string probe_address = ":8081";  // "0": none of its own
  std::string webhook_address;          // "0": none
  bool webhook_asked = false;           // by a flag, so that there has to be one
  std::string webhook_url;
  std::string webhook_service;  // "namespace/name", used without a URL
  std::filesystem::path webhook_cert_path;
  std::string webhook_cert_name = "tls.crt";
  std::string webhook_cert_key = "tls.key";
  bool leader_elect = false;
  std::string leader_namespace;
  int vm_workers = 10;
  int provider_workers = 2;
  resilience::Config resilience;
  LogOptions log;
  TracingOptions tracing;
  bool help = false;
  bool version = false;
};

using Environment = std::map<std::string, std::string>;

// Flags win over variables. kInvalidSpec names the flag or the variable.
Result<Options> ParseOptions(int argc, char** argv, const Environment& environment);

// The text of --help.
std::string Usage();

}  // namespace vr::manager
