#include "cli/report.h"

#include "base/redact.h"
#include "cli/exit_code.h"

namespace vr::cli {
namespace {

// Between message and remedy; Error::Wrap puts text in front, so it stays at the end.
constexpr std::string_view kMark = "\nhint: ";

}  // namespace

Error WithHint(Error error, const std::string& hint) {
  error.message = error.message.substr(0, error.message.find(kMark));
  error.message += std::string(kMark) + hint;
  return error;
}

Advice AdviceOf(const Error& error) {
  if (const size_t mark = error.message.find(kMark); mark != std::string::npos)
    return {error.message.substr(0, mark), error.message.substr(mark + kMark.size())};
  // A message that names a command to type is its own remedy.
  const bool has_remedy = error.message.find("'vrtg ") != std::string::npos ||
                          error.message.find("'kubectl ") != std::string::npos;
  return {error.message, has_remedy ? "" : std::string(Remedy(error.kind))};
}

void ReportError(Env& env, const Error& error) {
  const Advice advice = AdviceOf(error);
  env.out.flush();
  env.err << "error: " << InOurName(env, Redact(advice.message)) << "\n";
  if (!advice.hint.empty()) env.err << "hint: " << InOurName(env, Redact(advice.hint)) << "\n";
  env.err.flush();
}

bool Failures::Add(Error error) {
  const bool hopeless =
      error.kind == ErrorKind::kCancelled || error.kind == ErrorKind::kUnavailable;
  if (things_ > 1 && error.kind != ErrorKind::kCancelled) ReportError(env_, error);
  if (count_++ == 0 || error.kind == ErrorKind::kCancelled) first_ = std::move(error);
  gave_up_ = gave_up_ || hopeless;
  return !hopeless;
}

Status Failures::Summary(const std::string& what) const {
  if (count_ == 0) return {};
  if (things_ == 1 || first_.kind == ErrorKind::kCancelled) return first_;
  return WithHint(Error{first_.kind,
                        std::to_string(count_) + " of " + std::to_string(things_) + " " + what +
                            (gave_up_ ? "; gave up there" : ""),
                        {}},
                  "");
}

}  // namespace vr::cli
