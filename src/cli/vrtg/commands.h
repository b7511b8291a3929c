// The commands of vrtg: functions of an Env and their options. app.cc puts a command line in front
// of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/env.h"
#include "cli/manifests.h"

namespace vr::cli {

struct ApplyOptions {
  ManifestOptions manifests;
  bool dry_run = false;
  bool force_conflicts = false;
  bool wait = false;  // until each VirtualMachine among them is Ready
};
Status Apply(Env& env, const ApplyOptions& options);

struct DeleteManifestsOptions {
  ManifestOptions manifests;
  bool ignore_not_found = false;
  bool wait = true;
};
Status DeleteManifests(Env& env, const DeleteManifestsOptions& options);

struct VmListOptions {
  bool all_namespaces = false;
  std::string label_selector;
  std::string field_selector;
  std::string sort_by;
  bool watch = false;
  std::string name;  // for `vm watch NAME`
};
Status VmList(Env& env, const VmListOptions& options);
// kInvalidSpec for a --sort-by or a --field-selector that no server needs to be asked about.
Status CheckVmList(const VmListOptions& options);

struct VmGetOptions {
  std::vector<std::string> names;
  std::string label_selector;  // where there are no names
  bool watch = false;          // of one name at most
};
Status VmGet(Env& env, const VmGetOptions& options);
Status VmDescribe(Env& env, const std::string& name);

struct VmEventsOptions {
  std::string name;  // empty: of all machines of the namespace
  bool all_namespaces = false;
  bool watch = false;
};
Status VmEvents(Env& env, const VmEventsOptions& options);
Status VmConsoleUrl(Env& env, const std::string& name);

struct VmCreateOptions {
  std::string name;
  std::string provider;
  std::string vm_class;
  std::string image;
  std::vector<std::string> networks;
  std::vector<std::string> disks;  // name=GiB
  std::vector<std::string> labels;
  std::string user_data_file;
  std::string power = "On";
  bool dry_run = false;
  bool wait = false;
};
Status VmCreate(Env& env, const VmCreateOptions& options);
// kInvalidSpec for what is missing or malformed in the options, files aside.
Status CheckVmCreate(const Env& env, const VmCreateOptions& options);

struct VmDeleteOptions {
  std::vector<std::string> names;
  std::string label_selector;  // where there are no names
  bool ignore_not_found = false;
  bool wait = true;
};
Status VmDelete(Env& env, const VmDeleteOptions& options);

enum class PowerVerb { kStart, kStop, kRestart };
struct VmPowerOptions {
  std::vector<std::string> names;
  std::string label_selector;  // where there are no names
  bool force = false;          // pull the plug instead of asking the guest
  bool wait = false;           // a restart always waits for the guest to be off
};
Status VmPower(Env& env, PowerVerb verb, const VmPowerOptions& options);

Status Version(Env& env, bool client_only);

struct UpOptions {
  std::string data_dir;
  int port = 0;  // 0: the one of last time, else a free one
  bool detach = false;
  bool manager = true;
};
Status Up(Env& env, const UpOptions& options);
Status Down(Env& env, const std::string& data_dir);
struct BackupOptions {
  std::string file;
  std::string data_dir;
};
// All objects, into a new file; or back from it. Both while `vrtg up` runs, or while nothing does.
Status Backup(Env& env, const BackupOptions& options);
Status Restore(Env& env, const BackupOptions& options);
Status LocalStatus(Env& env, const std::string& data_dir);

}  // namespace vr::cli
