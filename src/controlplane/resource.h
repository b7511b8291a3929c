// What the embedded API server serves: our kinds, and the few core kinds that they and kubectl
// need.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/kinds.h"
#include "kube/object.h"

namespace vr::controlplane {

// One served resource. Immutable.
struct Resource {
  kube::ResourceType type;
  std::string singular;
  std::vector<std::string> short_names;
  std::vector<std::string> categories;
  std::vector<api::PrinterColumn> columns;
  std::vector<std::string> selectable;  // fields for fieldSelector besides name and namespace
  bool has_status = false;
  bool read_only = false;
  const api::KindInfo* kind = nullptr;  // of our kinds: schema, defaults, rules

  // "virtualmachines.infra.virtrigaud.io"
  std::string QualifiedName() const {
    return type.group.empty() ? type.plural : type.plural + "." + type.group;
  }
  // Both APIs of Events show the same objects.
  bool IsNewEvent() const { return type.group == "events.k8s.io"; }
  std::string StorageName() const { return IsNewEvent() ? type.plural : QualifiedName(); }
  // Where Kubernetes' own messages say that it is stored.
  std::string RegistryFolder() const {
    return IsCustom() ? type.group + "/" + type.plural : type.plural;
  }
  bool IsCustom() const { return kind != nullptr; }
  // What may be done with it, in the order that Kubernetes lists it in.
  std::vector<std::string> Verbs() const;
};

const std::vector<Resource>& AllResources();

// Or nullptr.
const Resource* FindResource(std::string_view group, std::string_view version,
                             std::string_view plural);

}  // namespace vr::controlplane
