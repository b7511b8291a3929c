// StopSignals: SIGINT, SIGTERM and SIGHUP as a stop token.
#pragma once

#include <signal.h>

#include <atomic>
#include <stop_token>
#include <thread>

namespace vr::apps {

// One per program, made before any other thread, so that all of them leave these signals to its own
// thread. SIGHUP does not count where it is ignored already, as nohup has it. SIGPIPE is ignored
// from then on: a reader of ours or a server that goes away is an error of a write and never the
// end of the program.
class StopSignals {
 public:
  // What a second signal does: a person at a terminal wants out; a supervisor that repeats itself
  // does not.
  enum class Second { kIsIgnored, kEndsTheProcess };

  explicit StopSignals(Second second);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void Wait(Second second);

  sigset_t set_{};
  std::stop_source stop_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace vr::apps
