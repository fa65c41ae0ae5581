#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// For tests: reads what this room writes back, as strictly as an XML parser would.
namespace glimpse::report {

struct ParsedElement {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< Decoded.
  std::string text;                                             ///< Directly within, decoded.

  std::string attribute(std::string_view wanted) const {
    for (const auto& [key, value] : attributes) {
      if (key == wanted) return value;
    }
    return {};
  }
};

class Parsed {
 public:
  /// A failure of the test where it is not well-formed.
  explicit Parsed(std::string_view html) : rest_(html) {
    if (rest_.starts_with("<!DOCTYPE html>\n")) rest_.remove_prefix(16);
    while (!rest_.empty() && !broken_) step();
    EXPECT_TRUE(open_.empty()) << "not closed: " << (open_.empty() ? "" : elements_[open_.back()].name);
  }

  const std::vector<ParsedElement>& all() const { return elements_; }
  std::vector<ParsedElement> named(std::string_view name) const {
    std::vector<ParsedElement> found;
    for (const auto& element : elements_) {
      if (element.name == name) found.push_back(element);
    }
    return found;
  }

 private:
  void fail(std::string_view what) {
    broken_ = true;
    ADD_FAILURE() << what << " at: " << rest_.substr(0, 80);
  }
  std::string until(std::string_view ends) {
    const auto length = std::min(rest_.find_first_of(ends), rest_.size());
    std::string taken(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return taken;
  }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  std::string decoded(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
      if (text.front() != '&') {
        plain += text.front();
        text.remove_prefix(1);
        continue;
      }
      bool known = false;
      for (const auto& [entity, c] :
           {std::pair{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}) {
        if (!text.starts_with(entity)) continue;
        plain += c;
        text.remove_prefix(std::string_view(entity).size());
        known = true;
        break;
      }
      if (!known) {
        fail("an ampersand that begins no entity");
        return plain;
      }
    }
    return plain;
  }
  void step() {
    if (!rest_.starts_with('<')) {
      const std::string text = decoded(until("<"));
      if (!open_.empty()) elements_[open_.back()].text += text;
    } else if (take("</")) {
      const std::string name = until(">");
      if (open_.empty() || elements_[open_.back()].name != name) return fail("closes what is not open: " + name);
      open_.pop_back();
      take(">");
    } else {
      take("<");
      open_element();
    }
  }
  void open_element() {
    ParsedElement element{.name = until(" />"), .attributes = {}, .text = {}};
    while (take(" ")) {
      const std::string key = until("=");
      if (!take("=\"")) return fail("an attribute without quotes");
      const std::string value = until("\"<");
      if (!take("\"")) return fail("an attribute that is not closed");
      element.attributes.emplace_back(key, decoded(value));
    }
    const bool closed = take("/>");
    if (!closed && !take(">")) return fail("a tag that is not closed");
    elements_.push_back(std::move(element));
    if (!closed) open_.push_back(elements_.size() - 1);
  }

  std::string_view rest_;
  std::vector<ParsedElement> elements_;
  std::vector<std::size_t> open_;
  bool broken_ = false;
};

/// What a hostile folder may be called, or a caption say.
inline constexpr std::string_view kHostile =
    "\"><script>alert('1')</script><img src=http://evil/x onerror=a()> &amp; </style> \xFF\x01 \n line\xC3";

}  // namespace glimpse::report
