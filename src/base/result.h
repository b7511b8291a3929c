// Result<T>: a value or an Error. Status: success or an Error. std::expected's interface, for
// C++20.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.h"

namespace vr {

// Success, or why not. Must be looked at.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error)
      : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor): `return Error{...}`

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  // Only when !ok().
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

  friend bool operator==(const Status&, const Status&) = default;

 private:
  std::optional<Error> error_;
};

// A T, or why there is none. Must be looked at. value(), * and -> only when ok(); error() only when
// !ok().
template <class T>
class [[nodiscard]] Result {
  static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>, "Result<Error> is ambiguous");
  static_assert(!std::is_reference_v<T>, "hold a pointer instead of a reference");

 public:
  using value_type = T;

  // NOLINTBEGIN(google-explicit-constructor,bugprone-forwarding-reference-overload): a function
  // returns a value or an Error as it is, and copies and moves are ruled out below
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  template <class U = T>
  requires(std::is_constructible_v<T, U&&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error> &&
           !std::is_same_v<std::remove_cvref_t<U>, Status>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  // NOLINTEND(google-explicit-constructor,bugprone-forwarding-reference-overload)

  bool ok() const { return state_.index() == 0; }
  bool has_value() const { return ok(); }
  explicit operator bool() const { return ok(); }

  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

  template <class U>
  T value_or(U&& fallback) const& {
    return ok() ? value() : static_cast<T>(std::forward<U>(fallback));
  }
  template <class U>
  T value_or(U&& fallback) && {
    return ok() ? std::move(*this).value() : static_cast<T>(std::forward<U>(fallback));
  }

  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

  // The error alone: what a function that returns Status passes on.
  Status status() const { return ok() ? Status() : Status(error()); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace vr

#define VR_CONCAT_INNER(a, b) a##b
#define VR_CONCAT(a, b) VR_CONCAT_INNER(a, b)

// Leaves the function with the error of `expression` (a Status or Result), if it is one.
#define VR_RETURN_IF_ERROR(expression)                                                  \
  do {                                                                                  \
    if (auto vr_status = (expression); !vr_status) return std::move(vr_status).error(); \
  } while (false)

// `lhs` = the value of `expression` (a Result); leaves the function with its error otherwise.
#define VR_ASSIGN_OR_RETURN(lhs, expression) \
  VR_ASSIGN_OR_RETURN_INNER(VR_CONCAT(vr_result_, __LINE__), lhs, expression)
#define VR_ASSIGN_OR_RETURN_INNER(result, lhs, expression) \
  auto result = (expression);                              \
  if (!result) return std::move(result).error();           \
  lhs = std::move(result).value()
