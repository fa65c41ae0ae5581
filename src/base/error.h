#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

namespace glimpse {

/// Why an operation failed: who is at fault, and whether trying again can help.
enum class ErrorCode {
  kInvalidArgument,    ///< The caller's input is wrong. Fix the input; retrying is useless.
  kNotFound,           ///< The named thing does not exist.
  kAlreadyExists,      ///< The named thing exists already and would be overwritten.
  kCorruption,         ///< A file's bytes contradict its format or checksum. Restore or rebuild it.
  kUnsupported,        ///< Valid input that this build cannot handle.
  kIo,                 ///< The operating system refused a read or write. Check disk and permissions, then retry.
  kResourceExhausted,  ///< A limit on size, memory or disk was reached. The message names the limit.
  kDeadlineExceeded,   ///< It took too long. Retry later.
  kCancelled,          ///< The user asked to stop. What was committed stays.
  kUnavailable,        ///< Something we depend on is busy or down. Retry later.
  kInternal,           ///< Our own mistake. Report it.
};

/// The code's stable name, as in "invalid_argument".
std::string_view name_of(ErrorCode code);

/// A failure: a code for programs, and for people a message that says what, where, expected, found, what to do.
class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  template <typename... A>
  static Error invalid_argument(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kInvalidArgument, f, std::forward<A>(a)...);
  }
  template <typename... A>
  static Error not_found(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kNotFound, f, std::forward<A>(a)...);
  }
  template <typename... A>
  static Error already_exists(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kAlreadyExists, f, std::forward<A>(a)...);
  }
  template <typename... A>
  static Error corruption(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kCorruption, f, std::forward<A>(a)...);
  }
  template <typename... A>
  static Error unsupported(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kUnsupported, f, std::forward<A>(a)...);
  }
  template <typename... A>
  static Error io(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kIo, f, std::forward<A>(a)...);
  }
  template <typename... A>
  static Error resource_exhausted(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kResourceExhausted, f, std::forward<A>(a)...);
  }
  template <typename... A>
  static Error deadline_exceeded(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kDeadlineExceeded, f, std::forward<A>(a)...);
  }
  template <typename... A>
  static Error cancelled(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kCancelled, f, std::forward<A>(a)...);
  }
  template <typename... A>
  static Error unavailable(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kUnavailable, f, std::forward<A>(a)...);
  }
  template <typename... A>
  static Error internal(fmt::format_string<A...> f, A&&... a) {
    return make(ErrorCode::kInternal, f, std::forward<A>(a)...);
  }

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  /// The same failure seen from further out: "vision tower: tensor 'x': …".
  Error with_context(std::string_view context) const { return {code_, fmt::format("{}: {}", context, message_)}; }

 private:
  template <typename... A>
  static Error make(ErrorCode code, fmt::format_string<A...> f, A&&... a) {
    return {code, fmt::format(f, std::forward<A>(a)...)};
  }

  ErrorCode code_;
  std::string message_;
};

}  // namespace glimpse
