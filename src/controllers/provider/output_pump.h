// OutputPump: what a provider program prints, in a log of bounded size.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "base/rotating_log.h"
#include "net/wake_event.h"

namespace vr::controllers {

// A pipe, and a thread ("log-NAME") that copies it into the log until nobody can write any more.
// Made and ended by one thread.
class OutputPump {
 public:
  static Result<std::unique_ptr<OutputPump>> Start(const std::filesystem::path& log,
                                                   const std::string& name);
  ~OutputPump();  // Finish()
  OutputPump(const OutputPump&) = delete;
  OutputPump& operator=(const OutputPump&) = delete;

  // What a child writes to; close it here once the child has it.
  int input() const { return input_; }
  void CloseInput();
  // Copies what was written until now, and ends: a child of the child may never close its end.
  void Finish();

 private:
  OutputPump(std::unique_ptr<RotatingLog> log, int output, int input)
      : log_(std::move(log)), output_(output), input_(input) {}
  void Copy();
  bool Drain();  // false once nobody can write any more

  const std::unique_ptr<RotatingLog> log_;  // the thread's
  const int output_;
  int input_;
  net::WakeEvent finish_;
  std::jthread thread_;  // last: it uses all above
};

}  // namespace vr::controllers
