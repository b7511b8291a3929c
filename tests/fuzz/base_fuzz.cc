// What users type into fields: durations, quantities, timestamps; and what goes through the log.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/quantity.h"
#include "base/redact.h"
#include "base/timestamp.h"

extern const std::vector<std::string> kSeedInputs;
const std::vector<std::string> kSeedInputs = {"1h30m",
                                              "500ms",
                                              "2Gi",
                                              "1.5e3",
                                              "2026-01-31T12:00:00.5+02:00",
                                              "password=\"a b\" token: x https://u:p@h/",
                                              "-----BEGIN PRIVATE KEY-----"};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto duration = vr::ParseDuration(text);
      duration && *duration >= vr::Duration::zero()) {
    if (vr::ParseDuration(vr::FormatDuration(*duration)).value() != *duration) std::abort();
  }
  if (const auto time = vr::ParseTimestamp(text)) {
    if (vr::ParseTimestamp(vr::FormatMicroTimestamp(*time)).value() != *time) std::abort();
  }
  (void)vr::Quantity::Parse(text);
  const std::string once = vr::Redact(text);
  if (vr::Redact(once).size() > 2 * once.size() + 64) std::abort();
  return 0;
}
