#include "controlplane/health.h"

namespace vr::controlplane {
namespace {

net::HttpResponse Text(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body)};
}

net::HttpResponse Answer(const std::string& check, bool verbose, const Status& storage) {
  if (!storage) {
    return Text(500, "[+]ping ok\n[-]storage failed: " + storage.error().message + "\n" + check +
                         " check failed\n");
  }
  if (!verbose) return Text(200, "ok");
  return Text(200, "[+]ping ok\n[+]storage ok\n" + check + " check passed\n");
}

}  // namespace

std::optional<net::HttpResponse> AnswerHealth(const std::string& url, const StorageCheck& storage) {
  const size_t question = url.find('?');
  const std::string path = url.substr(0, question);
  const bool verbose =
      question != std::string::npos && url.find("verbose", question) != std::string::npos;
  for (const std::string check : {"healthz", "livez", "readyz"}) {
    if (path == "/" + check + "/ping") return Text(200, "ok");
    // A restart mends no disk: what is alive stays so.
    if (path == "/" + check) return Answer(check, verbose, check == "livez" ? Status() : storage());
  }
  return std::nullopt;
}

}  // namespace vr::controlplane
