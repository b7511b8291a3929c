// JSON Web Tokens (RFC 7519) signed with a shared key: HS256, and nothing else is accepted.
#pragma once

#include <string>

#include "base/result.h"

namespace vr::net {

// The key has 32 bytes or more; `claims` is the text of a JSON object.
Result<std::string> SignJwt(const std::string& claims, const std::string& key);

// The claims of a token with our signature, as JSON text; kUnauthorized for any other text. Times
// are for the caller to judge.
Result<std::string> VerifyJwt(const std::string& token, const std::string& key);

}  // namespace vr::net
