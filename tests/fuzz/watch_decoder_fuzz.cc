// Watch streams: however the bytes are cut, the events are the same.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "kube/watch_decoder.h"

extern const std::vector<std::string> kSeedInputs;
const std::vector<std::string> kSeedInputs = {
    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n"
    "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\r\n\n"
    "{\"type\":\"DELETED\",\"object\":{}}\n",
    "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"12\"}}}\n",
    "{\"type\":\"ERROR\",\"object\":{\"code\":410,\"details\":{\"retryAfterSeconds\":1}}}\n"};

namespace {

struct Outcome {
  std::string events;
  std::string error;
};

Outcome Decode(std::string_view text, size_t piece) {
  Outcome outcome;
  vr::kube::WatchDecoder decoder([&](const vr::kube::WatchEvent& event) {
    outcome.events += std::to_string(static_cast<int>(event.type));
    outcome.events +=
        event.object->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    return vr::Status();
  });
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    if (const vr::Status status = decoder.Feed(text.substr(0, piece)); !status) {
      outcome.error = status.error().message;
      break;
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Outcome whole = Decode(text, size + 1);
  const Outcome pieces = Decode(text, 3);
  if (whole.events != pieces.events || whole.error != pieces.error) std::abort();
  return 0;
}
