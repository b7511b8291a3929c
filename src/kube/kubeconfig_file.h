// The contents of kubeconfig files, before anything in them is used.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vr::kube {

struct KubeconfigCluster {
  std::filesystem::path file;  // where it was found; relative paths start at its folder
  std::string server;
  std::string ca_file;
  std::string ca_data;  // base64
  std::string tls_server_name;
  std::string proxy_url;
  bool insecure = false;
  std::shared_ptr<const nlohmann::json> exec_config;  // what exec plug-ins are told; may be null
};

// How to call a plug-in that fetches credentials.
struct KubeconfigExec {
  std::string api_version;
  std::string command;
  std::vector<std::string> args;
  std::map<std::string, std::string> env;
  std::string install_hint;
  std::string interactive_mode;
  bool provide_cluster_info = false;
};

struct KubeconfigUser {
  std::filesystem::path file;
  std::string cert_file;
  std::string cert_data;  // base64
  std::string key_file;
  std::string key_data;  // base64
  std::string token;
  std::string token_file;
  std::string username;
  std::string password;
  std::string auth_provider;  // its name; of no use to us
  std::shared_ptr<const KubeconfigExec> exec;
  std::string as;  // impersonation
  std::string as_uid;
  std::vector<std::string> as_groups;
  std::map<std::string, std::vector<std::string>> as_extra;
};

struct KubeconfigContext {
  std::filesystem::path file;
  std::string cluster;
  std::string user;
  std::string ns;
};

struct Kubeconfig {
  std::string current_context;
  std::map<std::string, KubeconfigCluster> clusters;
  std::map<std::string, KubeconfigUser> users;
  std::map<std::string, KubeconfigContext> contexts;
};

// Checks the types of the fields that it knows and ignores the others, as kubectl does; whether the
// values make sense is checked when they are used. kInvalidSpec names the field.
Result<Kubeconfig> ParseKubeconfig(std::string_view text, const std::filesystem::path& file);

// Adds what `into` lacks: whole entries by name, and the current context. The first one wins.
void MergeKubeconfig(Kubeconfig& into, const Kubeconfig& later);

}  // namespace vr::kube
