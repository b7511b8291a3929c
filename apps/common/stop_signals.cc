#include "common/stop_signals.h"

#include <pthread.h>
#include <unistd.h>

namespace vr::apps {
namespace {

constexpr int kWake = SIGUSR1;  // from the destructor; means nothing when somebody else sends it
constexpr int kExitInterrupted = 130;

}  // namespace

StopSignals::StopSignals(Second second) {
  signal(SIGPIPE, SIG_IGN);
  sigemptyset(&set_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, kWake}) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_IGN || number == kWake) sigaddset(&set_, number);
  }
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  thread_ = std::thread([this, second] { Wait(second); });
  pthread_setname_np(thread_.native_handle(), "signals");
}

StopSignals::~StopSignals() {
  done_ = true;
  pthread_kill(thread_.native_handle(), kWake);
  thread_.join();
}

void StopSignals::Wait(Second second) {
  while (true) {
    int number = 0;
    sigwait(&set_, &number);
    if (done_) return;
    if (number == kWake) continue;
    if (!stop_.request_stop() && second == Second::kEndsTheProcess) _exit(kExitInterrupted);
  }
}

}  // namespace vr::apps
