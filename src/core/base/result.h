// Result<T>: a value or an Error. The standard's `expected` is C++23; this is the small part of it
// that the project needs. Result<void> says only whether it worked.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/base/assert.h"
#include "core/base/error.h"

namespace flead {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  // Implicit, so that `return lead;` and `return not_found(...);` both read naturally.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool ok() const { return state_.index() == 0; }

  // Asking a failed result for its value, or the other way round, is a fault of ours: it stops.
  T& value() & {
    FLEAD_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    FLEAD_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    FLEAD_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & {
    FLEAD_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const& {
    FLEAD_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    FLEAD_ASSERT(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_.has_value(); }
  bool ok() const { return !error_.has_value(); }

  Error& error() & {
    FLEAD_ASSERT(!ok());
    return *error_;
  }
  const Error& error() const& {
    FLEAD_ASSERT(!ok());
    return *error_;
  }
  Error&& error() && {
    FLEAD_ASSERT(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace flead

#define FLEAD_CONCAT_INNER(a, b) a##b
#define FLEAD_CONCAT(a, b) FLEAD_CONCAT_INNER(a, b)
#define FLEAD_TRY_AS(name, declaration, expression) \
  auto name = (expression);                         \
  if (!name) return std::move(name).error();        \
  declaration = std::move(name).value()
#define FLEAD_CHECK_AS(name, expression)       \
  do {                                         \
    auto name = (expression);                  \
    if (!name) return std::move(name).error(); \
  } while (false)

// The names are counted, not numbered by line: both macros may stand inside a lambda that is an
// argument of the other.

// FLEAD_TRY(auto lead, save(tx, ...)); declares `lead`, or returns the error from this function.
#define FLEAD_TRY(declaration, expression) \
  FLEAD_TRY_AS(FLEAD_CONCAT(flead_try_, __COUNTER__), declaration, expression)

// FLEAD_CHECK(enqueue(...)); returns the error from this function, and drops a value.
#define FLEAD_CHECK(expression) FLEAD_CHECK_AS(FLEAD_CONCAT(flead_check_, __COUNTER__), expression)
