#include "server/url.h"

#include <charconv>

#include "base/utf8.h"

namespace glimpse::server {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return Error::invalid_argument("URL: '%' must be followed by two hexadecimal digits; write '%25' for '%'");
      }
      if (high == 0 && low == 0) return Error::invalid_argument("URL: a NUL byte (%00) is not allowed");
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return out;
}

std::string percent_encode_path(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c) || c == '/') {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query_pairs(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    GLIMPSE_ASSIGN_OR_RETURN(std::string name, percent_decode(pair.substr(0, equals), true));
    const std::string_view raw = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    GLIMPSE_ASSIGN_OR_RETURN(std::string value, percent_decode(raw, true));
    if (!is_valid_utf8(name) || !is_valid_utf8(value)) {
      return Error::invalid_argument("URL: the parameter '{}' is not UTF-8", valid_utf8(name));
    }
    pairs.emplace_back(std::move(name), std::move(value));
  }
  return pairs;
}

Result<std::map<std::string, std::string>> parse_query(std::string_view query) {
  GLIMPSE_ASSIGN_OR_RETURN(auto pairs, parse_query_pairs(query));
  std::map<std::string, std::string> parameters;
  for (auto& [name, value] : pairs) {
    if (parameters.contains(name)) return Error::invalid_argument("URL: the parameter '{}' is given twice", name);
    parameters.emplace(std::move(name), std::move(value));
  }
  return parameters;
}

std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t low, std::int64_t high) {
  if (text.empty() || text[0] == '-') return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) return std::nullopt;
  return value;
}

bool is_relative_name(std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos) return false;
  while (true) {
    const std::size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace glimpse::server
