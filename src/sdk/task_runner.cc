#include "sdk/task_runner.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "base/log.h"

namespace vr::sdk {
namespace {

constexpr auto kRemember = std::chrono::hours(1);

std::string MakeRunId() {
  std::random_device device;
  char text[17];
  std::snprintf(text, sizeof text, "%08x%08x", device(), device());
  return text;
}

}  // namespace

struct TaskRunner::Impl {
  struct Task {
    std::string vm_id;
    std::string idempotency_key;
    TaskFunction run;
    TaskLength length = TaskLength::kShort;
    std::stop_source stop;
    rpc::TaskState state;
    TimePoint finished;
  };
  using Listener = std::function<void(const std::string&, const rpc::TaskState&)>;

  class Progress final : public TaskProgress {
   public:
    Progress(Impl& impl, std::string id) : impl_(impl), id_(std::move(id)) {}
    void Report(int percent, std::string message) override {
      impl_.Change(id_, [&](rpc::TaskState& state) {
        state.progress_percent = percent;
        state.message = std::move(message);
      });
    }

   private:
    Impl& impl_;
    const std::string id_;
  };

  Impl(const Options& o, const Clock& c) : options(o), clock(c), run_id(MakeRunId()) {}

  // Applies `change` and tells the listeners.
  template <class Function>
  void Change(const std::string& id, Function change) {
    rpc::TaskState copy;
    std::vector<Listener> heard;
    {
      const std::lock_guard lock(mutex);
      const auto it = tasks.find(id);
      if (it == tasks.end()) return;
      change(it->second.state);
      copy = it->second.state;
      heard = listeners;
    }
    for (const Listener& listener : heard) listener(id, copy);
  }

  // A runner with few threads still runs long tasks, one at a time.
  bool MayRun(TaskLength length) const {
    if (length == TaskLength::kShort) return true;
    const size_t kept = std::min(options.kept_for_short, options.threads);
    return running_long < std::max<size_t>(options.threads - kept, 1);
  }

  // The oldest ready task that may run and whose VM is idle, with no older task waiting; "" if
  // there is none. Under mutex.
  std::string TakeReady() {
    std::set<std::string> passed_over;
    for (auto it = ready.begin(); it != ready.end(); ++it) {
      const Task& task = tasks.at(*it);
      const bool idle =
          task.vm_id.empty() || (!busy.contains(task.vm_id) && !passed_over.contains(task.vm_id));
      if (!idle || !MayRun(task.length)) {
        passed_over.insert(task.vm_id);
        continue;
      }
      if (!task.vm_id.empty()) busy.insert(task.vm_id);
      if (task.length == TaskLength::kLong) ++running_long;
      std::string id = *it;
      ready.erase(it);
      return id;
    }
    return "";
  }

  void Loop(const std::stop_token& stop) {
    for (;;) {
      std::string id;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, stop, [&] { return !(id = TakeReady()).empty(); });
        if (id.empty()) return;
      }
      RunOne(id, stop);
    }
  }

  void RunOne(const std::string& id, const std::stop_token& stop) {
    TaskFunction run;
    std::stop_source source;
    std::string vm_id;
    TaskLength length = TaskLength::kShort;
    {
      const std::lock_guard lock(mutex);
      Task& task = tasks.at(id);
      length = task.length;
      run = std::move(task.run);
      source = task.stop;
      vm_id = task.vm_id;
    }
    const std::stop_callback chain(stop, [&source] { source.request_stop(); });
    const Context ctx = Context(source.get_token(), clock).WithField("task", id);
    const Result<std::string> result = Guarded(ctx, id, run);
    if (!result) LogWarn(ctx, "Task failed", {{"vm", vm_id}, {"error", result.error().message}});
    {
      // Before it is done: a done task whose time is not set would be forgotten at once.
      const std::lock_guard lock(mutex);
      tasks.at(id).finished = clock.Now();
    }
    Change(id, [&](rpc::TaskState& state) {
      state.done = true;
      if (result) {
        state.progress_percent = 100;
        state.result_id = *result;
      } else {
        state.error = result.error();
      }
    });
    {
      const std::lock_guard lock(mutex);
      busy.erase(vm_id);
      if (length == TaskLength::kLong) --running_long;
    }
    changed.notify_all();
  }

  Result<std::string> Guarded(const Context& ctx, const std::string& id, const TaskFunction& run) {
    Progress progress(*this, id);
    try {
      VR_RETURN_IF_ERROR(ctx.Check("task"));
      return run(ctx, progress);
    } catch (const std::exception& e) {
      return Error{ErrorKind::kInternal, std::string("the task threw: ") + e.what(), {}};
    }
  }

  // A later task may have taken the key over.
  static void EraseIf(std::map<std::string, std::string>& index, const std::string& key,
                      const std::string& task_id) {
    const auto it = index.find(key);
    if (it != index.end() && it->second == task_id) index.erase(it);
  }

  // The task that answers a repeated Start with this key; "" if it has to run. Under mutex.
  std::string Repeated(const std::string& idempotency_key) const {
    const auto it = by_key.find(idempotency_key);
    if (idempotency_key.empty() || it == by_key.end()) return "";
    const Task& earlier = tasks.at(it->second);
    if (!earlier.state.done) return it->second;
    // A failed attempt must not be the answer to every later one, and what a later task of the VM
    // may have undone (a creation before a deletion) is no answer either.
    const bool superseded = !earlier.vm_id.empty() && newest.at(earlier.vm_id) != it->second;
    return earlier.state.error || superseded ? "" : it->second;
  }

  // Under mutex.
  void ForgetOld() {
    const TimePoint now = clock.Now();
    for (auto it = tasks.begin(); it != tasks.end();) {
      const Task& task = it->second;
      if (task.state.done && task.finished + kRemember <= now) {
        EraseIf(by_key, task.idempotency_key, it->first);
        EraseIf(newest, task.vm_id, it->first);
        it = tasks.erase(it);
      } else {
        ++it;
      }
    }
  }

  const Options options;
  const Clock& clock;
  const std::string run_id;
  mutable std::mutex mutex;  // guards all below but workers
  std::condition_variable_any changed;
  std::map<std::string, Task> tasks;
  std::map<std::string, std::string> by_key;  // idempotency key -> task id
  std::map<std::string, std::string> newest;  // VM -> the task that was started last for it
  std::deque<std::string> ready;
  std::set<std::string> busy;  // VMs with a running task
  size_t running_long = 0;
  std::vector<Listener> listeners;
  int64_t last = 0;
  std::vector<std::jthread> workers;  // last: they use all above
};

TaskRunner::TaskRunner(const Options& options, const Clock& clock)
    : impl_(std::make_unique<Impl>(options, clock)) {
  for (size_t i = 0; i < options.threads; ++i)
    impl_->workers.emplace_back([this, i](const std::stop_token& stop) {
      pthread_setname_np(pthread_self(), ("task-" + std::to_string(i)).c_str());
      impl_->Loop(stop);
    });
}

TaskRunner::~TaskRunner() {
  for (std::jthread& worker : impl_->workers) worker.request_stop();
  impl_->workers.clear();
}

Result<rpc::TaskRef> TaskRunner::Start(const std::string& vm_id, const std::string& idempotency_key,
                                       TaskFunction run, TaskLength length) {
  std::string id;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->ForgetOld();
    if (std::string repeated = impl_->Repeated(idempotency_key); !repeated.empty())
      return rpc::TaskRef{std::move(repeated)};
    if (impl_->ready.size() >= impl_->options.max_queued)
      return Error{ErrorKind::kQuotaExceeded,
                   std::to_string(impl_->ready.size()) + " tasks are waiting already",
                   std::chrono::seconds(5)};
    id = impl_->run_id + "-" + std::to_string(++impl_->last);
    Impl::Task& task = impl_->tasks[id];
    task.vm_id = vm_id;
    task.idempotency_key = idempotency_key;
    task.run = std::move(run);
    task.length = length;
    if (!idempotency_key.empty()) impl_->by_key[idempotency_key] = id;
    if (!vm_id.empty()) impl_->newest[vm_id] = id;
    impl_->ready.push_back(id);
  }
  impl_->changed.notify_all();
  return rpc::TaskRef{id};
}

Result<rpc::TaskState> TaskRunner::State(const std::string& task_id) const {
  const std::lock_guard lock(impl_->mutex);
  const auto it = impl_->tasks.find(task_id);
  if (it != impl_->tasks.end()) return it->second.state;
  const bool earlier_run =
      task_id.find('-') == impl_->run_id.size() && !task_id.starts_with(impl_->run_id);
  if (!earlier_run) return Error{ErrorKind::kNotFound, "there is no task " + task_id, {}};
  rpc::TaskState state;
  state.done = true;
  state.error = Error{ErrorKind::kRetryable, "the provider was restarted during the task", {}};
  return state;
}

Status TaskRunner::Cancel(const std::string& task_id) {
  std::stop_source stop;
  {
    const std::lock_guard lock(impl_->mutex);
    const auto it = impl_->tasks.find(task_id);
    if (it == impl_->tasks.end())
      return Error{ErrorKind::kNotFound, "there is no task " + task_id, {}};
    stop = it->second.stop;
  }
  stop.request_stop();
  return {};
}

void TaskRunner::OnChange(
    std::function<void(const std::string& task_id, const rpc::TaskState& state)> listener) {
  const std::lock_guard lock(impl_->mutex);
  impl_->listeners.push_back(std::move(listener));
}

}  // namespace vr::sdk
