// What the status of a namespace says about its end: the conditions that kube-controller-manager
// writes, in its words.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "base/clock.h"

namespace vr::controlplane {

// What a pass over a namespace that is being deleted could not take away.
struct NamespaceContent {
  std::map<std::string, size_t> objects;     // how many, by "PLURAL.GROUP"
  std::map<std::string, size_t> finalizers;  // on how many of them
  std::set<std::string> failures;            // why some could not even be marked
};

// The conditions after such a pass. Those of other types stay; a lastTransitionTime changes with
// its status alone, so the same content gives the same conditions.
nlohmann::json NamespaceConditions(const nlohmann::json& before, const NamespaceContent& left,
                                   WallTime now);

}  // namespace vr::controlplane
