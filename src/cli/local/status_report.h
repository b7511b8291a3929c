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
  std::string deleting_since = {};  // RFC 3339; empty: it stays
  std::string message = {};

  // Its deletion waits for machines that only it can delete.
  bool held() const { return !deleting_since.empty() && vms > 0; }
};

// An object whose condition Ready is False.
struct NotReadyReport {
  std::string kind = {};
  std::string ns = {};
  std::string name = {};
  std::string since = {};  // RFC 3339
  std::string reason = {};
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
  std::string api_failing_check =
      {};  // of /readyz, in its words; it answers, but cannot do its work

  bool manager_wanted = false;  // not with --no-manager
  int manager_pid = 0;          // 0: none
  bool manager_ready = false;
  std::string manager_since = {};
  int manager_restarts = 0;
  std::string manager_operations = {};  // URL of its health and metrics
  std::string manager_message = {};     // why its health is not good, if it is not

  std::vector<ProviderReport> providers = {};
  std::map<std::string, int> vms_by_phase = {};
  std::vector<NotReadyReport> not_ready = {};  // the worst first, see StatusReport::not_ready_all
  size_t not_ready_all = 0;                    // how many there are in truth

  // What is wrong and what to do about it, in one line; ok if all is well. Objects that are not
  // ready are their owners' business and make nothing wrong here.
  Status problem = {};
  std::string next = {};  // the command to type next; empty: none is needed
};

StatusReport GatherStatus(const Env& env, const DataDir& dir);

}  // namespace vr::cli
