#include "cli/local/progress.h"

namespace vr::cli {

void SayWhatNext(const Env& env, const DataDir& dir) {
  env.out << "Ready. Type next:\n"
          << "  export KUBECONFIG=" << dir.Kubeconfig().string() << "\n"
          << "  kubectl get vm\n"
          << "  vrtg apply -f FILE_OR_FOLDER --wait\n"
          << std::flush;
}

}  // namespace vr::cli
