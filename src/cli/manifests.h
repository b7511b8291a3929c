// Manifests from files, folders and standard input.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/env.h"

namespace vr::cli {

struct ManifestOptions {
  std::vector<std::string>
      files;  // "-" is standard input; a folder means its *.yaml, *.yml and *.json
  bool recursive = false;
};

// The objects in the order given, Lists taken apart. Errors name the file and the document.
Result<std::vector<nlohmann::json>> ReadManifests(const Env& env, const ManifestOptions& options);

}  // namespace vr::cli
