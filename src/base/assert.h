#pragma once

namespace glimpse {

/// Prints where our own assumption broke and aborts. For GLIMPSE_ASSERT only.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace glimpse

/// Checks our own logic, never input: input that is wrong gives an Error.
#define GLIMPSE_ASSERT(condition) \
  (static_cast<bool>(condition) ? void(0) : ::glimpse::assertion_failed(#condition, __FILE__, __LINE__))
