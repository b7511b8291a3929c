// What `vrtg status` finds out, apart from how it is shown.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/local/data_dir.h"

namespace vr::cli {

struct ProviderReport {
  std::string ns = {};
  std::string name = {};
  std::string type = {};
  bool healthy = false;
  int vms = 0;
  std::string message = {};
};

struct StatusReport {
  std::string data_dir = {};
  std::uintmax_t disk_bytes = 0;

  bool running = false;  // a `vrtg up` holds the folder
  int pid = 0;
  std::string since = {};  // RFC 3339
  std::string url = {};
  bool api_healthy = false;
  std::string api_message = {};  // why not

  bool manager_wanted = false;  // not with --no-manager
  int manager_pid = 0;          // 0: none
  bool manager_ready = false;
  std::string manager_since = {};
  int manager_restarts = 0;
  std::string manager_operations = {};  // URL of its health and metrics

  std::vector<ProviderReport> providers = {};
  std::map<std::string, int> vms_by_phase = {};

  // What is wrong and what to do about it, in one line; ok if all is well.
  Status problem = {};
};

StatusReport GatherStatus(const Env& env, const DataDir& dir);

}  // namespace vr::cli
