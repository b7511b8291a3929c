#include "controlplane/health.h"

namespace vr::controlplane {
namespace {

net::HttpResponse Text(std::string body) {
  return {.status = 200,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body)};
}

}  // namespace

std::optional<net::HttpResponse> AnswerHealth(const std::string& url) {
  const size_t question = url.find('?');
  const std::string path = url.substr(0, question);
  for (const std::string check : {"healthz", "livez", "readyz"}) {
    if (path == "/" + check + "/ping") return Text("ok");
    if (path != "/" + check) continue;
    const bool verbose =
        question != std::string::npos && url.find("verbose", question) != std::string::npos;
    return Text(verbose ? "[+]ping ok\n" + check + " check passed\n" : "ok");
  }
  return std::nullopt;
}

}  // namespace vr::controlplane
