// The folder of `vrtg up`: where its files are and who may use it.
#pragma once

#include <filesystem>
#include <string>

#include "cli/env.h"

namespace vr::cli {

struct DataDir {
  std::filesystem::path root;  // absolute

  std::filesystem::path LockFile() const { return root / "up.lock"; }
  std::filesystem::path RecordFile() const { return root / "up.json"; }
  std::filesystem::path Kubeconfig() const { return root / "kubeconfig"; }
  std::filesystem::path ManagerDir() const { return root / "manager"; }
  std::filesystem::path ManagerRecordFile() const { return root / "manager" / "process.json"; }
  std::filesystem::path ReadyFile() const { return root / "manager" / "ready"; }
  std::filesystem::path LogDir() const { return root / "logs"; }
  std::filesystem::path ManagerLog() const { return root / "logs" / "manager.log"; }
  std::filesystem::path UpLog() const { return root / "logs" / "up.log"; }
};

// `flag` is --data-dir; empty means the default of the environment.
DataDir DataDirOf(const Env& env, const std::string& flag);

// kInvalidSpec, with a remedy, for a folder that is not ours alone or that we cannot write to.
Status CheckDataDir(const DataDir& dir);

// Makes the folder and those in it (mode 0700) after CheckDataDir.
Status PrepareDataDir(const DataDir& dir);

// Bytes of all files in it.
std::uintmax_t DiskUse(const DataDir& dir);

}  // namespace vr::cli
