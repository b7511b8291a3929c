// Reviews: questions about who somebody is and what he may do. They are answered and not stored.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controlplane/access.h"
#include "controlplane/status.h"

namespace vr::controlplane {

// A kind of review that is served.
struct ReviewKind {
  const char* group;
  const char* kind;
  const char* plural;
  bool namespaced = false;
};
const std::vector<ReviewKind>& AllReviews();

struct ReviewDeps {
  const Authorizer& authorizer;
  const ServiceAccountTokens& tokens;
};

// SelfSubjectReview, TokenReview, SelfSubjectAccessReview, SubjectAccessReview,
// LocalSubjectAccessReview and SelfSubjectRulesReview. Nothing if the path names none of them.
std::optional<Outcome<Json>> AnswerReview(const ReviewDeps& deps,
                                          const std::vector<std::string>& path, const User& user,
                                          const net::HttpRequest& request);

}  // namespace vr::controlplane
