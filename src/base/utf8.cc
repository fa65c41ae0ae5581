// Decoding follows table 3-7 of the Unicode standard: the lead byte fixes the length and the range of the second byte,
// all later bytes lie in 80..BF. An ill-formed subpart ends before the first byte that cannot continue it.
#include "base/utf8.h"

#include <cstddef>

namespace glimpse {
namespace {

struct Lead {
  int length;  // 0: cannot start a sequence
  unsigned char second_low, second_high;
};

Lead classify(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

struct Step {
  std::size_t bytes;
  bool well_formed;
};

Step step_at(std::string_view text, std::size_t at) {
  const Lead lead = classify(static_cast<unsigned char>(text[at]));
  if (lead.length == 0) return {1, false};
  for (std::size_t i = 1; i < static_cast<std::size_t>(lead.length); ++i) {
    if (at + i >= text.size()) return {i, false};
    const auto byte = static_cast<unsigned char>(text[at + i]);
    const unsigned char low = i == 1 ? lead.second_low : 0x80;
    const unsigned char high = i == 1 ? lead.second_high : 0xBF;
    if (byte < low || byte > high) return {i, false};
  }
  return {static_cast<std::size_t>(lead.length), true};
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Step step = step_at(text, at);
    if (!step.well_formed) return false;
    at += step.bytes;
  }
  return true;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Step step = step_at(text, at);
    if (step.well_formed) {
      out.append(text.substr(at, step.bytes));
    } else {
      out.append("\xEF\xBF\xBD");
    }
    at += step.bytes;
  }
  return out;
}

}  // namespace glimpse
