// The webhook server's endpoints.
#pragma once

#include "controllers/webhook/review.h"
#include "net/http.h"
#include "obs/metrics.h"

namespace vr::controllers {

inline constexpr const char* kValidatePath = "/validate";
inline constexpr const char* kMutatePath = "/mutate";
inline constexpr const char* kConvertPath = "/convert";

// POST of reviews as JSON; 400 for what is none, 404, 405 and 415 else. `metrics` and `clock`
// outlive the handler.
net::HttpHandler MakeWebhookHandler(ChangeAdvisor advise, obs::Registry& metrics,
                                    const Clock& clock);

}  // namespace vr::controllers
