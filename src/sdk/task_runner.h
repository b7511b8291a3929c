// TaskRunner: the operations of a provider that take time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/context.h"
#include "base/result.h"
#include "rpc/messages.h"

namespace vr::sdk {

// Handed to a task's function: reports progress into TaskStatus and the Watch stream. Thread-safe.
class TaskProgress {
 public:
  virtual ~TaskProgress() = default;
  virtual void Report(int percent, std::string message) = 0;
};

// The returned string is the id of the object that the task made (may be empty).
using TaskFunction = std::function<Result<std::string>(const Context& ctx, TaskProgress& progress)>;

// How long a task may keep its thread: kLong for what moves images or waits for a guest.
enum class TaskLength { kShort, kLong };

// Thread-safe. One task per VM runs at a time, a second one for the same VM waits its turn; the
// pool is bounded. A repeated Start with the same non-empty idempotency key returns the first task,
// unless that failed, or is done and another task for the VM was started since. Finished tasks are
// remembered for an hour. Ids name the run of the process: asked for a task of an earlier run,
// State says that it was interrupted (kRetryable), so that the caller looks at the VM and goes on
// from there.
class TaskRunner {
 public:
  struct Options {
    size_t threads = 8;
    size_t kept_for_short = 2;  // threads that long tasks leave free, so that a VM can be deleted
                                // while many are made
    size_t max_queued = 1000;   // beyond: kQuotaExceeded
  };

  TaskRunner(const Options& options, const Clock& clock);
  ~TaskRunner();  // stops running tasks and joins
  TaskRunner(const TaskRunner&) = delete;
  TaskRunner& operator=(const TaskRunner&) = delete;

  Result<rpc::TaskRef> Start(const std::string& vm_id, const std::string& idempotency_key,
                             TaskFunction run, TaskLength length = TaskLength::kShort);
  Result<rpc::TaskState> State(const std::string& task_id) const;  // kNotFound for an unknown id
  Status Cancel(const std::string& task_id);
  // Called with every change of a task, on the task's thread.
  void OnChange(
      std::function<void(const std::string& task_id, const rpc::TaskState& state)> listener);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vr::sdk
