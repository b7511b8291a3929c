#include "runtime/queue.h"

#include <algorithm>

namespace vr::runtime {

WorkQueue::WorkQueue(const Clock& clock, BackoffPolicy backoff, std::function<void()> on_add)
    : clock_(clock), backoff_(backoff), on_add_(std::move(on_add)) {}

void WorkQueue::MakeReady(const kube::Key& key, Priority priority) {
  const auto [it, is_new] = dirty_.emplace(key, priority);
  const bool raised = !is_new && it->second == Priority::kLow && priority == Priority::kHigh;
  if (!is_new && !raised) return;
  if (is_new && on_add_) on_add_();
  it->second = priority;
  if (processing_.contains(key)) return;
  (priority == Priority::kHigh ? high_ : low_).push_back(key);
}

void WorkQueue::Add(const kube::Key& key, Priority priority) {
  const std::scoped_lock lock(mutex_);
  Undelay(key);
  MakeReady(key, priority);
  changed_.notify_one();
}

void WorkQueue::Undelay(const kube::Key& key) {
  const auto it = delayed_.find(key);
  if (it == delayed_.end()) return;
  due_.erase({it->second, key});
  delayed_.erase(it);
}

void WorkQueue::AddAfter(const kube::Key& key, Duration delay) {
  if (delay <= Duration::zero()) return Add(key);
  const std::scoped_lock lock(mutex_);
  const TimePoint due = clock_.Now() + delay;
  if (const auto it = delayed_.find(key); it != delayed_.end() && it->second <= due) return;
  Undelay(key);
  delayed_.emplace(key, due);
  due_.emplace(due, key);
  if (due_.begin()->second == key) changed_.notify_all();  // sooner than what is waited for
}

void WorkQueue::AddRateLimited(const kube::Key& key) {
  int failures = 0;
  {
    const std::scoped_lock lock(mutex_);
    failures = ++failures_[key];
  }
  AddAfter(key, BackoffDelay(backoff_, failures));
}

void WorkQueue::Forget(const kube::Key& key) {
  const std::scoped_lock lock(mutex_);
  failures_.erase(key);
}

void WorkQueue::Done(const kube::Key& key) {
  const std::scoped_lock lock(mutex_);
  processing_.erase(key);
  if (const auto it = dirty_.find(key); it != dirty_.end()) {
    (it->second == Priority::kHigh ? high_ : low_).push_back(key);
    changed_.notify_one();
  }
}

std::optional<kube::Key> WorkQueue::Take() {
  for (std::deque<kube::Key>* queue : {&high_, &low_}) {
    while (!queue->empty()) {
      kube::Key key = std::move(queue->front());
      queue->pop_front();
      // A key whose priority was raised stands in both queues: only the first one counts.
      if (!dirty_.contains(key) || processing_.contains(key)) continue;
      dirty_.erase(key);
      processing_.insert(key);
      return key;
    }
  }
  return std::nullopt;
}

TimePoint WorkQueue::TakeDue() {
  const TimePoint now = clock_.Now();
  while (!due_.empty() && due_.begin()->first <= now) {
    const kube::Key key = due_.begin()->second;
    Undelay(key);
    MakeReady(key, Priority::kHigh);
  }
  return due_.empty() ? TimePoint::max() : due_.begin()->first;
}

std::optional<kube::Key> WorkQueue::Pop(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const TimePoint next = TakeDue();
    if (auto key = Take()) return key;
    clock_.WaitUntil(lock, changed_, stop, next, [&] {
      return !high_.empty() || !low_.empty() || (!due_.empty() && due_.begin()->first < next);
    });
  }
  return std::nullopt;
}

size_t WorkQueue::depth() const {
  const std::scoped_lock lock(mutex_);
  return dirty_.size();
}

}  // namespace vr::runtime
