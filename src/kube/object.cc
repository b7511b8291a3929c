#include "kube/object.h"

#include <algorithm>

namespace vr::kube {

bool ObjectMeta::HasFinalizer(const std::string& finalizer) const {
  return std::find(finalizers.begin(), finalizers.end(), finalizer) != finalizers.end();
}

const Condition* FindCondition(const std::vector<Condition>& conditions, const std::string& type) {
  const auto it = std::find_if(conditions.begin(), conditions.end(),
                               [&](const Condition& c) { return c.type == type; });
  return it == conditions.end() ? nullptr : &*it;
}

void SetCondition(std::vector<Condition>& conditions, Condition condition, WallTime now) {
  const auto it = std::find_if(conditions.begin(), conditions.end(),
                               [&](const Condition& c) { return c.type == condition.type; });
  if (it == conditions.end()) {
    condition.last_transition_time = now;
    conditions.push_back(std::move(condition));
    return;
  }
  condition.last_transition_time =
      it->status == condition.status && it->last_transition_time ? it->last_transition_time : now;
  *it = std::move(condition);
}

}  // namespace vr::kube
