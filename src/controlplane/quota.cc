#include "controlplane/quota.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "api/json_fields.h"

namespace vr::controlplane {
namespace {

constexpr const char* kQuotas = "resourcequotas";

// Limits are counts: quantities without a unit.
std::optional<int64_t> Count(const Json& value) {
  if (value.is_number_integer() && value >= 0) return value.get<int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 0) return std::nullopt;
  return count;
}

// The resource that a limit counts; null for one that nothing here enforces.
const Resource* Counted(const std::string& limit) {
  std::string name = limit.starts_with("count/") ? limit.substr(6) : limit;
  for (const Resource& resource : AllResources()) {
    if (!resource.type.namespaced || resource.QualifiedName() != name) continue;
    // Only core kinds have the short form.
    return limit.starts_with("count/") || resource.type.group.empty() ? &resource : nullptr;
  }
  return nullptr;
}

size_t Used(const Storage& storage, const Resource& resource, const std::string& ns) {
  return storage.List(resource.StorageName(), ns).objects.size();
}

}  // namespace

std::optional<Failure> CheckQuota(const Storage& storage, const Resource& resource,
                                  const Json& object) {
  if (!resource.type.namespaced) return std::nullopt;
  const Json& meta = object["metadata"];
  const std::string ns = meta.value("namespace", "");
  for (const auto& [key, stored] : storage.List(kQuotas, ns).objects) {
    const Json quota = Json::parse(stored->body, nullptr, false);
    const Json& hard = api::Member(api::Member(quota, "spec"), "hard");
    if (!hard.is_object()) continue;
    for (const auto& [limit, value] : hard.items()) {
      const auto most = Count(value);
      if (Counted(limit) != &resource || !most) continue;
      const size_t used = Used(storage, resource, ns);
      if (used < static_cast<size_t>(*most)) continue;
      return Forbidden(resource, meta.value("name", ""),
                       "exceeded quota: " + key.name + ", requested: " + limit +
                           "=1, used: " + limit + "=" + std::to_string(used) +
                           ", limited: " + limit + "=" + std::to_string(*most));
    }
  }
  return std::nullopt;
}

std::vector<api::FieldError> CheckQuotaObject(const Resource& resource, const Json& object) {
  std::vector<api::FieldError> errors;
  if (resource.type.kind != "ResourceQuota") return errors;
  const Json& hard = api::Member(api::Member(object, "spec"), "hard");
  if (!hard.is_object()) return errors;
  for (const auto& [limit, value] : hard.items()) {
    const std::string path = "spec.hard[" + limit + "]";
    if (Counted(limit) == nullptr) {
      errors.push_back({api::FieldErrorType::kInvalid, path, Json(limit).dump(),
                        "only counts of kinds that are served here are limited: "
                        "count/virtualmachines.infra.virtrigaud.io, count/secrets"});
    } else if (!Count(value)) {
      errors.push_back(
          {api::FieldErrorType::kInvalid, path, value.dump(), "must be a whole number, 0 or more"});
    }
  }
  return errors;
}

void UpdateQuotaStatus(const Storage& storage, ObjectWriter& writer) {
  const Resource& quotas = *FindResource("", "v1", kQuotas);
  for (const auto& [key, stored] : storage.List(kQuotas, "").objects) {
    Json quota = Json::parse(stored->body, nullptr, false);
    const Json hard = api::Member(api::Member(quota, "spec"), "hard");
    Json used = Json::object();
    for (const auto& [limit, value] : hard.items()) {
      if (const Resource* counted = Counted(limit))
        used[limit] = std::to_string(Used(storage, *counted, key.ns));
    }
    const Json status = {{"hard", hard}, {"used", used}};
    if (api::Member(quota, "status") == status) continue;
    // A conflict with another writer is made good by the next pass.
    (void)writer.Patch(
        {.resource = &quotas, .key = key, .subresource = "status", .manager = "virtrigaud"},
        PatchKind::kMerge, {{"status", status}});
  }
}

}  // namespace vr::controlplane
