// Kubernetes quantities ("2Gi", "1500m", "1e3").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vr {

// A number with a suffix, kept as the user wrote it. Value type.
class Quantity {
 public:
  Quantity() = default;  // "0"

  // Suffixes n u m "" k M G T P E, Ki Mi Gi Ti Pi Ei, decimal exponents (1e3). kInvalidSpec
  // otherwise.
  static Result<Quantity> Parse(std::string_view text);
  static Quantity FromBytes(int64_t bytes);  // the largest binary suffix that divides it

  // Rounded up to a whole number, as Kubernetes does; saturates at the 64-bit limits.
  int64_t Value() const { return value_; }
  // Rounded up.
  int64_t Mebibytes() const;
  const std::string& text() const { return text_; }

  friend bool operator==(const Quantity& a, const Quantity& b) { return a.text_ == b.text_; }

 private:
  std::string text_ = "0";
  int64_t value_ = 0;
};

}  // namespace vr
