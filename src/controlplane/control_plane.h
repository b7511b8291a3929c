// ControlPlane: the API server on a network, with its own CA, credentials and kubeconfig in one
// folder.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "controlplane/change_advice.h"

namespace vr::controlplane {

struct ControlPlaneOptions {
  std::filesystem::path data_dir;
  std::string listen =
      "";  // "host:port"; empty: the address of the last run, or any free loopback port
  ChangeAdvice advise = {};  // may be empty
};

// The folder holds state.db, pki/ (keys 0600), token, address, kubeconfig (0600) and audit.log
// (with one old one, 10 MiB each); a second start finds all of it.
class ControlPlane {
 public:
  // kUnavailable when another process uses the folder or the port is taken; the message says what
  // to do.
  static Result<std::unique_ptr<ControlPlane>> Start(const ControlPlaneOptions& options,
                                                     const Clock& clock = SystemClock());
  ~ControlPlane();  // Stop() without grace
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  std::string url() const;  // "https://127.0.0.1:6443"
  std::filesystem::path kubeconfig_path() const;
  void Stop(Duration grace = std::chrono::seconds(5));

 private:
  struct Impl;
  explicit ControlPlane(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vr::controlplane
