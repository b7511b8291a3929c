// FailurePlan: which calls and tasks are to fail or to be slow.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <string_view>

#include "base/result.h"
#include "providers/mock/operation.h"

namespace vr::mock {

struct FailureOptions {
  std::map<Operation, double> rates = {};  // 0..1: how often each fails; others never do
  ErrorKind kind = ErrorKind::kRetryable;
  bool slow = false;  // every call takes 100 to 600 ms longer
};

// MOCK_FAILURE_MODE: names of operations, separated by commas, each with "=rate" if it has a rate
// of its own; "all" stands for all of them. `rate` is that of the others. kInvalidSpec names the
// wrong part.
Result<std::map<Operation, double>> ParseFailureMode(std::string_view mode, double rate);

// A rate or a factor: kInvalidSpec unless it is a number from 0 to `max`. `name` is for the
// message.
Result<double> ParseFactor(std::string_view name, std::string_view text, double max);

// Thread-safe. The same seed and the same order of questions give the same answers.
class FailurePlan {
 public:
  FailurePlan(FailureOptions options, uint64_t seed);

  // The next `times` calls of it answer `error`.
  void FailNext(Operation operation, const Error& error, size_t times = 1);
  // The next tasks of it are accepted and end with `error`.
  void FailNextTask(Operation operation, const Error& error, size_t times = 1);
  // Nothing fails any more, whatever was planned.
  void Clear();

  // Asked once per call and once per task: the error that it is to have.
  Status AtCall(Operation operation);
  Status AtTask(Operation operation);
  // How much longer this call takes.
  Duration CallDelay();

 private:
  using Planned = std::map<Operation, std::deque<Error>>;
  static Status Take(Planned& planned, Operation operation);
  Status ByChance(Operation operation, std::string_view what);

  std::mutex mutex_;  // guards all below
  FailureOptions options_;
  std::mt19937_64 random_;
  Planned calls_;
  Planned tasks_;
};

}  // namespace vr::mock
