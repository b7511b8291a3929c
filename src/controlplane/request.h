// A request to the API server, parsed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "controlplane/resource.h"
#include "net/http.h"

namespace vr::controlplane {

// Query parameters, decoded; the last one of a name wins.
using Query = std::map<std::string, std::string>;

struct Target {
  std::vector<std::string> path;  // decoded segments
  Query query;
};
Target ParseTarget(const std::string& url);

std::string PercentDecode(std::string_view text);

// What a path under /api or /apis names.
struct ResourceRequest {
  const Resource* resource = nullptr;  // null: no such resource
  std::string ns;
  std::string name;
  std::string subresource;
};

// nullptr-resource for unknown group, version or plural. `path` as in Target.
ResourceRequest ParseResourcePath(const std::vector<std::string>& path);

// Turns a path of the form that has long been deprecated, /api/v1/watch/..., into ?watch=true.
void UnfoldWatchPath(Target& target);

// Given, and neither "false" nor "0": as the API server reads it.
bool IsTrue(const Query& query, const std::string& name);
std::string Get(const Query& query, const std::string& name);

}  // namespace vr::controlplane
