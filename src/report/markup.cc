// HTML that is well-formed XML too (every element closed, every attribute in quotes), so that what is written can be
// checked by any XML parser.
#include "report/markup.h"

#include "base/utf8.h"

namespace glimpse::report {

/// The only writer of unescaped text.
class MarkupWriter {
 public:
  void raw(std::string_view html) { markup_.html_ += html; }
  void escaped(std::string_view text) {
    const std::string valid = valid_utf8(text);
    for (const char c : valid) escaped(c);
  }
  Markup take() { return std::move(markup_); }

 private:
  void escaped(char c) {
    switch (c) {
      case '&':
        return raw("&amp;");
      case '<':
        return raw("&lt;");
      case '>':
        return raw("&gt;");
      case '"':
        return raw("&quot;");
      case '\'':
        return raw("&#39;");
      default:
        break;
    }
    const auto byte = static_cast<unsigned char>(c);
    const bool control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
    raw(control ? std::string_view("\xEF\xBF\xBD") : std::string_view(&c, 1));
  }

  Markup markup_;
};

namespace {

void open(MarkupWriter& out, Literal name, const Attributes& attributes) {
  out.raw("<");
  out.raw(name.view());
  for (const Attribute& attribute : attributes) {
    out.raw(" ");
    out.raw(attribute.name.view());
    out.raw("=\"");
    out.escaped(attribute.value);
    out.raw("\"");
  }
}

}  // namespace

Markup::Markup(std::string_view text) {
  MarkupWriter out;
  out.escaped(text);
  *this = out.take();
}

Markup::Markup(std::initializer_list<Markup> parts) {
  for (const Markup& part : parts) html_ += part.html_;
}

Markup Markup::trusted(Literal html) {
  MarkupWriter out;
  out.raw(html.view());
  return out.take();
}

Markup& Markup::operator+=(const Markup& more) {
  html_ += more.html_;
  return *this;
}

Markup element(Literal name, const Attributes& attributes, const Markup& content) {
  MarkupWriter out;
  open(out, name, attributes);
  out.raw(">");
  out.raw(content.html());
  out.raw("</");
  out.raw(name.view());
  out.raw(">");
  return out.take();
}

Markup element(Literal name, const Markup& content) { return element(name, {}, content); }

Markup empty_element(Literal name, const Attributes& attributes) {
  MarkupWriter out;
  open(out, name, attributes);
  out.raw("/>");
  return out.take();
}

}  // namespace glimpse::report
