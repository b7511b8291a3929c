// config/webhook/*.yaml: what tells an API server to ask the manager about objects of ours.
#pragma once

#include <string>
#include <vector>

namespace vr::api {

struct Manifest {
  std::string file;  // "validating.yaml"
  std::string yaml;
};

// Of all kinds. The manager fills in the CA (and, on request, where it is).
std::vector<Manifest> WebhookManifests();

}  // namespace vr::api
