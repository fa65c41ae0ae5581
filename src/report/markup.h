#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace glimpse::report {

/// A piece of HTML that stands in this source: only a string literal converts to it, so nothing read from a file, a
/// flag or a network can pass for markup.
class Literal {
 public:
  template <std::size_t N>
  consteval Literal(const char (&text)[N]) : text_(text, N - 1) {}  // NOLINT(google-explicit-constructor)
  constexpr std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

/// HTML that is safe to write. Any text converts to it and is escaped on the way: bytes that are no UTF-8 and control
/// characters become U+FFFD, & < > " ' become entities. There is no other door.
class Markup {
 public:
  Markup() = default;
  Markup(std::string_view text);                                       // NOLINT(google-explicit-constructor)
  Markup(const std::string& text) : Markup(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  Markup(const char* text) : Markup(std::string_view(text)) {}         // NOLINT(google-explicit-constructor)
  Markup(std::initializer_list<Markup> parts);

  /// Markup that is written in the source as it stands.
  static Markup trusted(Literal html);

  Markup& operator+=(const Markup& more);
  const std::string& html() const { return html_; }
  bool empty() const { return html_.empty(); }

 private:
  friend class MarkupWriter;
  std::string html_;
};

struct Attribute {
  Literal name;
  std::string value;  ///< Escaped when written.
};
using Attributes = std::vector<Attribute>;

/// <name …>content</name>
Markup element(Literal name, const Attributes& attributes, const Markup& content);
Markup element(Literal name, const Markup& content);
/// <name …/>, for elements that have no content (img, meta, most of SVG).
Markup empty_element(Literal name, const Attributes& attributes);

}  // namespace glimpse::report
