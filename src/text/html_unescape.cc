// A reference is '&' and then "#" digits, "#x" hexadecimal digits, or up to 32 characters that end before the next
// white space, '<', '&', '#' or ';'. Of a name that is not in the table, the longest prefix that is counts.
// Source: HTML Standard, section 13.5 (named character references); CPython Lib/html/__init__.py for the edge cases.
#include "text/html_unescape.h"

#include <algorithm>

#include "text/html_entities.h"
#include "text/unicode.h"

namespace glimpse::text {
namespace {

constexpr std::size_t kMaxNameLength = 32, kMaxStrictLength = 24;

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_hex(char32_t c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_alphanumeric(char32_t c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The entity of a name without '&'. Only ASCII names exist.
const HtmlEntity* find_entity(std::u32string_view name) {
  if (!std::ranges::all_of(name, [](char32_t c) { return c < 0x80; })) return nullptr;
  const std::string ascii = encode_utf8(name);
  const auto at = std::ranges::lower_bound(kHtmlEntities, std::string_view(ascii), {}, &HtmlEntity::name);
  return at != kHtmlEntities.end() && at->name == ascii ? &*at : nullptr;
}

void append(std::u32string& out, const HtmlEntity& entity) {
  out.push_back(entity.value[0]);
  if (entity.value[1] != 0) out.push_back(entity.value[1]);
}

std::optional<char32_t> replacement_of(char32_t number) {
  const auto at = std::ranges::lower_bound(kReplacedReferences, number, {}, &CodePointPair::from);
  if (at == kReplacedReferences.end() || at->from != number) return std::nullopt;
  return at->to;
}

void append_number(std::u32string& out, char32_t number) {
  if (const auto replaced = replacement_of(number)) return out.push_back(*replaced);
  if ((number >= 0xD800 && number < 0xE000) || number > 0x10FFFF) return out.push_back(0xFFFD);
  if (!std::ranges::binary_search(kDroppedReferences, number)) out.push_back(number);
}

// `rest` begins behind "&#". The length of the reference behind the '&', or 0; appends its character.
std::size_t take_number(std::u32string_view rest, std::u32string& out) {
  const bool hex = rest.size() > 1 && (rest[1] == 'x' || rest[1] == 'X');
  const std::size_t begin = hex ? 2 : 1;
  std::size_t end = begin;
  char32_t number = 0;
  for (; end < rest.size() && (hex ? is_hex(rest[end]) : is_digit(rest[end])); ++end) {
    const char32_t digit = is_digit(rest[end]) ? rest[end] - '0' : (rest[end] | 0x20) - 'a' + 10;
    number = std::min<char32_t>(number * (hex ? 16 : 10) + digit, 0x110000);
  }
  if (end == begin) return 0;
  append_number(out, number);
  return end < rest.size() && rest[end] == ';' ? end + 1 : end;
}

// `rest` begins behind '&'. The length of the text that is used up, or 0; appends what it stands for.
std::size_t take_name(std::u32string_view rest, std::u32string& out) {
  std::size_t length = 0;
  while (length < rest.size() && length < kMaxNameLength &&
         std::u32string_view(U"\t\n\f <&#;").find(rest[length]) == std::u32string_view::npos) {
    ++length;
  }
  if (length == 0) return 0;
  if (length < rest.size() && rest[length] == ';') ++length;
  for (std::size_t prefix = length; prefix > 1 || prefix == length; --prefix) {
    const HtmlEntity* entity = find_entity(rest.substr(0, prefix));
    if (entity == nullptr) continue;
    append(out, *entity);
    return prefix;
  }
  return 0;
}

std::size_t take_reference(std::u32string_view rest, std::u32string& out) {
  if (rest.empty()) return 0;
  return rest[0] == '#' ? take_number(rest, out) : take_name(rest, out);
}

// "&EACUTE;" for "&eacute;". Appends the upper-case character when HTML itself reads nothing into the capitals.
bool append_capital(std::u32string_view name, std::u32string& out) {
  std::u32string lower(name), html;
  for (char32_t& c : lower) c = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  const bool all_capitals = std::ranges::none_of(name, [](char32_t c) { return c >= 'a' && c <= 'z'; });
  const HtmlEntity* entity = all_capitals ? find_entity(lower) : nullptr;
  if (entity == nullptr || take_name(name, html) != 0) return false;
  std::u32string value;
  append(value, *entity);
  out.append(upper_in_context(value));
  return true;
}

// `rest` begins behind '&'.
std::size_t take_strict(std::u32string_view rest, std::u32string& out) {
  const std::size_t begin = !rest.empty() && rest[0] == '#' ? 1 : 0;
  std::size_t end = begin;
  while (end < rest.size() && end - begin <= kMaxStrictLength && is_alphanumeric(rest[end])) ++end;
  if (end == begin || end - begin > kMaxStrictLength || end == rest.size() || rest[end] != ';') return 0;
  const std::u32string_view name = rest.substr(0, end + 1);
  if (begin == 1) {
    std::u32string value;
    if (take_number(name, value) != name.size() || value == U";") return 0;
    out.append(value);
    return name.size();
  }
  if (const HtmlEntity* entity = find_entity(name)) {
    append(out, *entity);
    return name.size();
  }
  return append_capital(name, out) ? name.size() : 0;
}

template <typename Take>
std::u32string replace_references(std::u32string_view text, Take take) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t used = text[at] == '&' ? take(text.substr(at + 1), out) : 0;
    if (used == 0) out.push_back(text[at]);
    at += 1 + used;
  }
  return out;
}

}  // namespace

std::u32string html_unescape(std::u32string_view text) { return replace_references(text, take_reference); }

std::u32string html_unescape_strict(std::u32string_view text) { return replace_references(text, take_strict); }

char32_t windows_1252(char32_t c1_control) { return replacement_of(c1_control).value_or(c1_control); }

}  // namespace glimpse::text
