#include "text/json_cursor.h"

#include <limits>

#include "text/unicode.h"

namespace glimpse::text {
namespace {

bool is_surrogate(char32_t c, char32_t first) { return c >= first && c < first + 0x400; }

}  // namespace

Error JsonCursor::error(std::string_view what) const { return Error::corruption("no JSON: {} at byte {}", what, at_); }

Result<void> JsonCursor::expect(char c) {
  if (!take(c)) return error(std::string("expected ") + c);
  return {};
}

Result<std::string_view> JsonCursor::string() {
  GLIMPSE_RETURN_IF_ERROR(expect('"'));
  const std::size_t begin = at_;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') return std::string_view(text_).substr(begin, at_++ - begin);
    if (c == '\\') return decode_string(begin);
    if (static_cast<unsigned char>(c) < 0x20) return error("control character in a string");
  }
  return error("a string does not end");
}

// From the first escape on; what is decoded is never longer than its escape.
Result<std::string_view> JsonCursor::decode_string(std::size_t begin) {
  std::size_t end = at_;
  std::string decoded;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == '"') return std::string_view(text_).substr(begin, end - begin);
    if (static_cast<unsigned char>(c) < 0x20) return error("control character in a string");
    if (c != '\\') {
      text_[end++] = c;
      continue;
    }
    GLIMPSE_ASSIGN_OR_RETURN(const char32_t code_point, escape());
    decoded.clear();
    append_utf8(decoded, code_point);
    text_.replace(end, decoded.size(), decoded);
    end += decoded.size();
  }
  return error("a string does not end");
}

Result<char32_t> JsonCursor::hex4() {
  char32_t value = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    const bool digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!digit && (lower < 'a' || lower > 'f')) return error("expected four hexadecimal digits");
    value = value * 16 + static_cast<char32_t>(digit ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

// Behind the backslash.
Result<char32_t> JsonCursor::escape() {
  constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
  const char name = at_ < text_.size() ? text_[at_] : '\0';
  if (const auto at = kNames.find(name); at != std::string_view::npos) {
    ++at_;
    return static_cast<char32_t>(kValues[at]);
  }
  if (name != 'u') return error("unknown escape");
  ++at_;
  GLIMPSE_ASSIGN_OR_RETURN(const char32_t high, hex4());
  if (!is_surrogate(high, 0xD800)) return is_surrogate(high, 0xDC00) ? U'\uFFFD' : high;
  if (!std::string_view(text_).substr(at_).starts_with("\\u")) return U'\uFFFD';
  const std::size_t before = at_;
  at_ += 2;
  GLIMPSE_ASSIGN_OR_RETURN(const char32_t low, hex4());
  if (is_surrogate(low, 0xDC00)) return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  at_ = before;
  return U'\uFFFD';
}

Result<std::int32_t> JsonCursor::id() {
  peek();
  std::int64_t value = 0;
  const std::size_t begin = at_;
  for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
    value = value * 10 + (text_[at_] - '0');
    if (value > std::numeric_limits<std::int32_t>::max()) break;
  }
  const bool continues = at_ < text_.size() && std::string_view("0123456789.eE").find(text_[at_]) != std::string::npos;
  if (at_ == begin || continues) return Error::corruption("byte {}: expected an integer from 0 to 2^31 - 1", begin);
  return static_cast<std::int32_t>(value);
}

Result<void> JsonCursor::skip_string() {
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '\\') {
      ++at_;
    } else if (text_[at_] == '"') {
      ++at_;
      return {};
    }
  }
  return error("a string does not end");
}

Result<std::string_view> JsonCursor::skip_value() {
  peek();
  const std::size_t begin = at_;
  for (std::size_t depth = 0; at_ < text_.size();) {
    const char c = text_[at_];
    if (depth == 0 && at_ > begin && (c == ',' || c == '}' || c == ']' || is_space(c))) break;
    if (c == '"') {
      GLIMPSE_RETURN_IF_ERROR(skip_string());
    } else {
      depth += c == '{' || c == '[' ? 1 : 0;
      if (c == '}' || c == ']') {
        if (depth == 0) break;
        --depth;
      }
      ++at_;
    }
    const char last = text_[at_ - 1];
    if (depth == 0 && (last == '"' || last == '}' || last == ']')) break;
  }
  if (at_ == begin) return error("expected a value");
  return std::string_view(text_).substr(begin, at_ - begin);
}

}  // namespace glimpse::text
