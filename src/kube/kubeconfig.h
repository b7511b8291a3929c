// How to reach a cluster: from kubeconfig files, or from inside a pod.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "kube/client.h"

namespace vr::kube {

struct KubeconfigOptions {
  // In order of precedence, merged as kubectl merges them: an entry of the first file that has it
  // wins as a whole. Files that do not exist are skipped if there is another one. Not empty.
  std::vector<std::filesystem::path> files;
  std::string context;  // empty: current-context
};

struct ClusterAccess {
  ClientConfig config;
  std::string ns;       // of the context; may be empty
  std::string context;  // its name; empty in a pod
};

// Reads files only; credentials that need a program or a token file are fetched with the first
// request. Errors are kInvalidSpec and name the file, the entry, the field and a remedy.
Result<ClusterAccess> LoadKubeconfig(const Context& ctx, const KubeconfigOptions& options);

// `service_account_dir` holds token, ca.crt and namespace; host and port are those of the variables
// KUBERNETES_SERVICE_HOST and _PORT. The token is read again for each request, because it rotates.
Result<ClusterAccess> LoadInCluster(const std::filesystem::path& service_account_dir,
                                    const std::string& host, const std::string& port);

// "a:b" as in KUBECONFIG; empty parts are left out.
std::vector<std::filesystem::path> SplitPathList(std::string_view list);

}  // namespace vr::kube
