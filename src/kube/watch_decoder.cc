#include "kube/watch_decoder.h"

#include <nlohmann/json.hpp>

#include "kube/status_error.h"

namespace vr::kube {

Status WatchDecoder::Feed(std::string_view chunk) {
  constexpr size_t kMaxLine = 8U << 20U;
  while (!chunk.empty()) {
    const size_t end = chunk.find('\n');
    if (end == std::string_view::npos) {
      if (rest_.size() + chunk.size() > kMaxLine) {
        return Error{ErrorKind::kInternal, "watch: an event of more than 8 MiB", {}};
      }
      rest_ += chunk;
      return {};
    }
    Status status;
    if (rest_.empty()) {
      status = Line(chunk.substr(0, end));
    } else {
      rest_ += chunk.substr(0, end);
      status = Line(rest_);
      rest_.clear();
    }
    if (!status) return status;
    chunk.remove_prefix(end + 1);
  }
  return {};
}

Status WatchDecoder::Line(std::string_view line) const {
  if (line.empty() || line == "\r") return {};
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("type") || !json["type"].is_string() ||
      !json.contains("object")) {
    return Error{
        ErrorKind::kInternal, "watch: not an event: " + std::string(line.substr(0, 120)), {}};
  }
  const auto& type = json["type"].get_ref<const std::string&>();
  if (type == "ERROR") return ErrorFromStatusText("watch", json["object"].dump());
  WatchEvent event;
  if (type == "ADDED") {
    event.type = WatchEventType::kAdded;
  } else if (type == "MODIFIED") {
    event.type = WatchEventType::kModified;
  } else if (type == "DELETED") {
    event.type = WatchEventType::kDeleted;
  } else if (type == "BOOKMARK") {
    event.type = WatchEventType::kBookmark;
  } else {
    return Error{ErrorKind::kInternal, "watch: unknown event type '" + type + "'", {}};
  }
  event.object = std::make_shared<const Json>(std::move(json["object"]));
  return on_event_(event);
}

}  // namespace vr::kube
