#pragma once

#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace glimpse {

/// A value, or the Error that prevented it. An Error converts by itself: `return Error::not_found("…");`.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;
  Result(Error error) : Base(tl::unexpect, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  /// The same result; a failure gains `context` in front of its message.
  Result with_context(std::string_view context) && {
    if (this->has_value()) return std::move(*this);
    return this->error().with_context(context);
  }
};

}  // namespace glimpse

#define GLIMPSE_CONCAT_INNER(a, b) a##b
#define GLIMPSE_CONCAT(a, b) GLIMPSE_CONCAT_INNER(a, b)

/// Returns from the enclosing function when `expression` (a Result) failed.
#define GLIMPSE_RETURN_IF_ERROR(expression)                                                                          \
  do {                                                                                                               \
    if (auto&& glimpse_result = (expression); !glimpse_result.has_value()) return std::move(glimpse_result).error(); \
  } while (false)

/// Declares or assigns `target` from a Result, or returns its error: GLIMPSE_ASSIGN_OR_RETURN(auto x, load(path));
#define GLIMPSE_ASSIGN_OR_RETURN(target, expression) \
  GLIMPSE_ASSIGN_OR_RETURN_AS(GLIMPSE_CONCAT(glimpse_result_, __LINE__), target, expression)
#define GLIMPSE_ASSIGN_OR_RETURN_AS(result, target, expression) \
  auto result = (expression);                                   \
  if (!result.has_value()) return std::move(result).error();    \
  target = *std::move(result)
