#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace glimpse::text {

/// Walks over JSON text without building anything. Errors: corruption with the byte.
/// It checks the structure only of what it reads, not of what it skips.
class JsonCursor {
 public:
  /// `text` outlives the cursor; strings with escapes are decoded in place.
  explicit JsonCursor(std::string& text, std::size_t begin = 0) : text_(text), at_(begin) {}

  /// Skips white space; the next character, '\0' at the end.
  char peek() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  /// Whether the next character is `c`, which is then taken.
  bool take(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  Result<void> expect(char c);
  /// The string that begins here; valid as long as the text. A lone surrogate becomes U+FFFD.
  Result<std::string_view> string();
  /// An integer from 0 to 2^31 - 1.
  Result<std::int32_t> id();
  /// Skips one value, whose brackets and strings end; the characters that it takes, valid as long as the text.
  Result<std::string_view> skip_value();
  /// The byte that it has come to.
  std::size_t position() const { return at_; }
  Error error(std::string_view what) const;

 private:
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  Result<void> skip_string();
  Result<std::string_view> decode_string(std::size_t begin);
  Result<char32_t> escape();
  Result<char32_t> hex4();

  std::string& text_;
  std::size_t at_;
};

}  // namespace glimpse::text
