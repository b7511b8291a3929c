#include "cli/connect.h"

#include <algorithm>

#include "cli/report.h"
#include "cli/request_log.h"
#include "kube/kubeconfig.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::vector<fs::path> KubeconfigFiles(const Env& env) {
  const std::string& chosen = env.settings.kubeconfig;
  if (std::error_code ec; fs::exists(chosen, ec)) return {chosen};
  std::vector<fs::path> files;
  for (const fs::path& path : kube::SplitPathList(chosen))
    files.emplace_back(ExpandHome(path.string(), env.home));
  return files;
}

Result<Connection> ConnectByKubeconfig(const Env& env) {
  const std::vector<fs::path> files = KubeconfigFiles(env);
  if (files.empty()) {
    return Error{ErrorKind::kUnavailable,
                 "no kubeconfig: none is named by --kubeconfig, VRTG_KUBECONFIG, KUBECONFIG or the "
                 "configuration file, and neither ~/.kube/config nor that of 'vrtg up' exists",
                 {}};
  }
  std::error_code ec;
  if (std::none_of(files.begin(), files.end(),
                   [&ec](const fs::path& file) { return fs::exists(file, ec); })) {
    return WithHint({ErrorKind::kNotFound, "there is no kubeconfig " + env.settings.kubeconfig, {}},
                    "--kubeconfig, VRTG_KUBECONFIG, KUBECONFIG or the configuration file names it");
  }
  VR_ASSIGN_OR_RETURN(
      kube::ClusterAccess access,
      kube::LoadKubeconfig(env.Ctx(), {.files = files, .context = env.settings.kube_context}));
  access.config.user_agent = "vrtg";
  access.config.on_warning = [&err = env.err](std::string_view warning) {
    err << "Warning: " << warning << std::endl;
  };
  if (env.settings.verbose) access.config.http = LogRequests(access.config.http, env.err);
  const std::string server = access.config.server;
  return Connection{.client = std::make_shared<kube::Client>(std::move(access.config)),
                    .ns = access.ns,
                    .server = server};
}

}  // namespace vr::cli
