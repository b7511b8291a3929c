#include "controlplane/change_advice.h"

#include <nlohmann/json.hpp>

#include "api/kinds.h"
#include "controlplane/resource.h"

namespace vr::controlplane {
namespace {

std::string StorageNameOf(const std::string& kind) {
  const api::KindInfo* info = api::FindKind(kind);
  return info == nullptr ? "" : info->type.plural + "." + info->type.group;
}

}  // namespace

nlohmann::json ObjectSource::Get(const std::string& kind, const kube::Key& key) const {
  const StoredPtr stored = storage_.Get(StorageNameOf(kind), key);
  return stored ? nlohmann::json::parse(stored->body, nullptr, false) : nlohmann::json();
}

std::vector<nlohmann::json> ObjectSource::List(const std::string& kind,
                                               const std::string& ns) const {
  std::vector<nlohmann::json> out;
  for (const auto& [key, stored] : storage_.List(StorageNameOf(kind), ns).objects)
    out.push_back(nlohmann::json::parse(stored->body, nullptr, false));
  return out;
}

}  // namespace vr::controlplane
