// The longest beginning that the table of characters knows is replaced, again and again; then spaces are thrown out and
// escaped. The table is a double-array trie: from unit i with offset o a byte b leads to i ^ o ^ b, if the unit there
// carries b; a unit that says so has a leaf behind it, which holds the place of a text that ends in 0.
// Source: Kudo and Richardson 2018, sec. 3.2; Aoe 1989 and Darts-clone for the units.
#include "text/piece_normalizer.h"

#include <cstdint>
#include <cstring>

namespace glimpse::text {
namespace {

constexpr std::string_view kSpace = "\xE2\x96\x81";

struct Unit {
  std::uint32_t bits = 0;
  bool has_leaf() const { return (bits >> 8 & 1U) != 0; }
  std::uint32_t value() const { return bits & 0x7FFFFFFFU; }
  std::uint32_t label() const { return bits & (1U << 31 | 0xFFU); }
  std::uint32_t offset() const { return (bits >> 10) << ((bits & 1U << 9) >> 6); }
};

Unit unit_at(std::string_view units, std::size_t i) {
  Unit unit;
  if (i * 4 + 4 <= units.size()) std::memcpy(&unit.bits, units.data() + i * 4, 4);
  return unit;
}

std::size_t character_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

PieceNormalizer::PieceNormalizer(const SentencePieceNormalizer& spec, PieceTable kept)
    : spec_(spec), kept_(std::move(kept)) {
  if (spec_.charsmap.empty()) return;
  std::uint32_t trie_size = 0;
  std::memcpy(&trie_size, spec_.charsmap.data(), 4);
  units_ = spec_.charsmap.substr(4, trie_size);
  texts_ = spec_.charsmap.substr(4 + trie_size);
}

PieceNormalizer::Step PieceNormalizer::mapped(std::string_view text) const {
  Step longest;
  std::size_t at = unit_at(units_, 0).offset();
  for (std::size_t i = 0; i < text.size() && !units_.empty(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    at ^= byte;
    const Unit unit = unit_at(units_, at);
    if (unit.label() != byte) break;
    at ^= unit.offset();
    if (!unit.has_leaf()) continue;
    const std::string_view rest = texts_.substr(std::min<std::size_t>(unit_at(units_, at).value(), texts_.size()));
    longest = {.becomes = rest.substr(0, rest.find('\0')), .length = i + 1};
  }
  return longest;
}

PieceNormalizer::Step PieceNormalizer::next(std::string_view text) const {
  std::size_t kept = 0;
  kept_.each_prefix(text, [&](std::size_t length, TokenId) { kept = length; });
  if (kept > 0) return {.becomes = text.substr(0, kept), .length = kept};
  if (const Step step = mapped(text); step.length > 0) return step;
  const std::string_view character = text.substr(0, character_length(text[0]));
  return {.becomes = character, .length = character.size()};
}

std::string PieceNormalizer::operator()(std::string_view text) const {
  const std::string_view space = spec_.escapes ? kSpace : " ";
  std::string out;
  bool after_space = spec_.removes_spaces;
  bool begun = false;
  while (!text.empty()) {
    Step step = next(text);
    text.remove_prefix(step.length);
    if (!begun && spec_.removes_spaces && step.becomes == " ") continue;
    if (!begun && spec_.dummy_prefix) out += space;
    begun = true;
    while (after_space && step.becomes.starts_with(' ')) step.becomes.remove_prefix(1);
    if (step.becomes.empty()) continue;
    for (const char c : step.becomes) {
      if (c == ' ') out += space;
      if (c != ' ') out += c;
    }
    after_space = spec_.removes_spaces && step.becomes.ends_with(' ');
  }
  while (spec_.removes_spaces && out.ends_with(space)) out.resize(out.size() - space.size());
  return out;
}

}  // namespace glimpse::text
