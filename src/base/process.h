// RunProcess: another program, with an argument vector and a deadline. Never a shell.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace vr {

struct ProcessRequest {
  std::vector<std::string> argv;           // argv[0]: a path, or a name that PATH resolves
  std::map<std::string, std::string> env;  // added to this process's environment, or in its place
  size_t max_output_bytes = size_t{1} << 20;  // of stdout and of stderr each
};

struct ProcessResult {
  int exit_code = 0;  // 128 + the signal's number if one ended it
  std::string out;
  std::string err;
};

// Blocks until the program has ended. Its stdin is empty; it leads a process group of its own. When
// the context ends, the group is killed and the context's error is returned. Any exit code is a
// result; errors are kNotFound (no such program), kUnauthorized (not executable), kInvalidSpec (no
// argv, or a NUL in it), kQuotaExceeded (more output than allowed) and kInternal. Thread-safe.
Result<ProcessResult> RunProcess(const Context& ctx, const ProcessRequest& request);

}  // namespace vr
