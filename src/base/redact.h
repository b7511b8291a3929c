// Keeps secrets out of everything a person or a log can see.
#pragma once

#include <string>
#include <string_view>

namespace vr {

// Replaces the values of what looks like a secret ("password=...", "token": "...", Authorization
// headers, user:password@ in URLs, PEM private keys) by "[REDACTED]". Idempotent. Every log line
// passes through it.
std::string Redact(std::string_view text);

// True for names such as password, token, client_secret, privateKey: their values never appear in
// output.
bool IsSecretName(std::string_view name);

}  // namespace vr
