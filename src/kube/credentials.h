// Where a client's token comes from, and the HTTP client of an exec plug-in.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/context.h"
#include "kube/exec_plugin.h"
#include "net/curl_http_client.h"

namespace vr::kube {

// Thread-safe functions for ClientConfig::bearer_token.
using TokenFunction = std::function<Result<std::string>(const Context&)>;

// The token in a file, read again once it is older than `max_age`; Duration::zero() reads it each
// time. While the file cannot be read the token of the last time is used.
TokenFunction TokenFromFile(const std::filesystem::path& path, Duration max_age);

// Sends each request with the plug-in's token and client certificate; a 401 makes it ask for new
// ones. `tls` holds the rest of the TLS settings.
std::shared_ptr<net::HttpClient> MakeExecHttpClient(std::shared_ptr<ExecPlugin> plugin,
                                                    const net::ClientTlsOptions& tls,
                                                    const net::ClientOptions& options);

}  // namespace vr::kube
