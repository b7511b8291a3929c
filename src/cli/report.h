// Errors as a person sees them: what went wrong, and what to do about it.
#pragma once

#include <string>

#include "cli/env.h"

namespace vr::cli {

// The same error with a remedy of its own in place of the one of its kind; "": it needs none.
Error WithHint(Error error, const std::string& hint);

struct Advice {
  std::string message;
  std::string hint;  // may be empty
};
Advice AdviceOf(const Error& error);

// "error: ..." and "hint: ..." on env.err, after all that was printed.
void ReportError(Env& env, const Error& error);

// For a command about several things that goes on after an error. With a single thing, that error
// is the command's; otherwise each one is reported when it happens.
class Failures {
 public:
  Failures(Env& env, size_t things) : env_(env), things_(things) {}

  // False if the others cannot go better: we are asked to stop, or nobody answers.
  bool Add(Error error);
  // `what` as in "2 of 5 NOT APPLIED": the kind of the first error, ok without any.
  Status Summary(const std::string& what) const;
  bool empty() const { return count_ == 0; }

 private:
  Env& env_;
  size_t things_;
  size_t count_ = 0;
  bool gave_up_ = false;
  Error first_;
};

}  // namespace vr::cli
