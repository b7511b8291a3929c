// WatchDecoder: a byte stream of newline-separated watch events, in whatever pieces it arrives.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "kube/client.h"

namespace vr::kube {

// One thread. Each byte is looked at once; a line of more than 8 MiB is kInternal.
class WatchDecoder {
 public:
  explicit WatchDecoder(std::function<Status(const WatchEvent&)> on_event)
      : on_event_(std::move(on_event)) {}

  // An ERROR event becomes the error it carries (410: kStale); what on_event returns is passed on.
  Status Feed(std::string_view chunk);

 private:
  Status Line(std::string_view line) const;

  std::function<Status(const WatchEvent&)> on_event_;
  std::string rest_;
};

}  // namespace vr::kube
