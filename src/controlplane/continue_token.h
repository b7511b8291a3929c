// Where a list goes on: the continue token of a page.
#pragma once

#include <string>

#include "controlplane/status.h"
#include "kube/object.h"

namespace vr::controlplane {

struct Page {
  uint64_t version = 0;  // of the list's first page
  kube::Key after;       // the last object of the page before
};

// Tokens have Kubernetes' form. `ns` is the namespace that is listed, "" for all.
std::string ContinueToken(const Page& page, const std::string& ns);
// 400 in the API server's words for anything that is no token.
Outcome<Page> ParseContinue(const std::string& token, const std::string& ns);

}  // namespace vr::controlplane
