// --verbose: each request on standard error.
#pragma once

#include <memory>
#include <ostream>

#include "net/http.h"

namespace vr::cli {

// Passes requests on to `next` and writes "GET URL -> 200 (12ms)" for each one; never a header or a
// body, because they carry secrets. `out` outlives it and is used on the requests' threads.
std::shared_ptr<net::HttpClient> LogRequests(std::shared_ptr<net::HttpClient> next,
                                             std::ostream& out);

}  // namespace vr::cli
