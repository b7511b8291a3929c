#include "runtime/queue.h"

#include <algorithm>

namespace vr::runtime {

WorkQueue::WorkQueue(const Clock& clock, BackoffPolicy backoff)
    : clock_(clock), backoff_(backoff) {}

void WorkQueue::MakeReady(const kube::Key& key, Priority priority) {
  const auto [it, is_new] = dirty_.emplace(key, priority);
  const bool raised = !is_new && it->second == Priority::kLow && priority == Priority::kHigh;
  if (!is_new && !raised) return;
  it->second = priority;
  if (processing_.contains(key)) return;
  (priority == Priority::kHigh ? high_ : low_).push_back(key);
}

void WorkQueue::Add(const kube::Key& key, Priority priority) {
  const std::scoped_lock lock(mutex_);
  delayed_.erase(key);
  MakeReady(key, priority);
  changed_.notify_one();
}

void WorkQueue::AddAfter(const kube::Key& key, Duration delay) {
  if (delay <= Duration::zero()) return Add(key);
  const std::scoped_lock lock(mutex_);
  const TimePoint due = clock_.Now() + delay;
  const auto [it, is_new] = delayed_.emplace(key, due);
  if (!is_new) it->second = std::min(it->second, due);
  changed_.notify_all();
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

std::optional<kube::Key> WorkQueue::Pop(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    TimePoint next = TimePoint::max();
    const TimePoint now = clock_.Now();
    for (auto it = delayed_.begin(); it != delayed_.end();) {
      if (it->second <= now) {
        MakeReady(it->first, Priority::kHigh);
        it = delayed_.erase(it);
      } else {
        next = std::min(next, it->second);
        ++it;
      }
    }
    if (auto key = Take()) return key;
    clock_.WaitUntil(lock, changed_, stop, next, [&] {
      return !high_.empty() || !low_.empty() ||
             std::any_of(delayed_.begin(), delayed_.end(),
                         [&](const auto& entry) { return entry.second < next; });
    });
  }
  return std::nullopt;
}

size_t WorkQueue::depth() const {
  const std::scoped_lock lock(mutex_);
  return dirty_.size();
}

}  // namespace vr::runtime
