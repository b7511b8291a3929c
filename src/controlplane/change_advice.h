// What an update will mean for what exists already: told to its writer as warnings, also of a dry
// run. Those who know are elsewhere; here is what they are asked, and what they may look at.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "controlplane/storage.h"

namespace vr::controlplane {

// The stored objects of our kinds. Thread-safe.
class ObjectSource {
 public:
  explicit ObjectSource(const Storage& storage) : storage_(storage) {}
  // Null where there is none.
  nlohmann::json Get(const std::string& kind, const kube::Key& key) const;
  std::vector<nlohmann::json> List(const std::string& kind, const std::string& ns) const;

 private:
  const Storage& storage_;
};

// Called after the write, on its thread, with no lock held; thread-safe.
using ChangeAdvice = std::function<std::vector<std::string>(
    const ObjectSource& objects, const std::string& kind, const nlohmann::json& before,
    const nlohmann::json& after)>;

}  // namespace vr::controlplane
