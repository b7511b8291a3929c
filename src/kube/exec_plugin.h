// ExecPlugin: credentials from another program, by the client.authentication.k8s.io protocol.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/context.h"
#include "kube/kubeconfig_file.h"

namespace vr::kube {

struct ExecCredential {
  std::string token;     // may be empty
  std::string cert_pem;  // both or neither
  std::string key_pem;
  std::optional<WallTime> expires;

  friend bool operator==(const ExecCredential&, const ExecCredential&) = default;
};

// Thread-safe. Runs the program when there is no valid credential, once for all threads that ask at
// that time, and keeps the credential until it expires or the server refuses it. The program gets
// no terminal.
class ExecPlugin {
 public:
  // `cluster_info` is spec.cluster of KUBERNETES_EXEC_INFO, or null. kInvalidSpec for settings that
  // cannot work.
  static Result<std::shared_ptr<ExecPlugin>> Make(const KubeconfigExec& settings,
                                                  const std::filesystem::path& folder,
                                                  const nlohmann::json& cluster_info);

  // Blocks while the program runs, for a minute at most. The message of an error holds the end of
  // what the program said on stderr, without secrets, and the install hint if it is not there.
  Result<ExecCredential> Get(const Context& ctx);
  // The server did not accept this credential: the next Get asks for another one.
  void Refuse(const ExecCredential& credential);

 private:
  ExecPlugin(KubeconfigExec settings, std::string info);
  Result<ExecCredential> Run(const Context& ctx) const;

  const KubeconfigExec settings_;
  const std::string info_;  // the value of KUBERNETES_EXEC_INFO
  std::mutex mutex_;        // guards all below; not held while the program runs
  std::condition_variable_any changed_;
  bool running_ = false;
  std::optional<ExecCredential> credential_;
};

// What a program printed, checked against the version that it was asked for.
Result<ExecCredential> ParseExecCredential(const std::string& text, const std::string& api_version);

}  // namespace vr::kube
