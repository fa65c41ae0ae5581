// Gemma's tokenizer as SigLIP 2 was trained with it. A text goes through: added tokens cut out → lower case, spaces to
// U+2581 → byte-pair encoding over the characters of the whole rest, for no space is left that would split it → end
// token, cut, padding. Characters without a token become the tokens of their UTF-8 bytes.
// Source: transformers Siglip2Tokenizer (GemmaTokenizer with a lower-case normalizer); Tschannen et al. 2025,
// section 2.
#include "text/gemma_bpe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "text/padding.h"
#include "text/unicode.h"

namespace glimpse::text {
namespace {

constexpr char32_t kSpace = 0x2581;

class GemmaTokenizer final : public Tokenizer {
 public:
  explicit GemmaTokenizer(GemmaSpec spec)
      : spec_(std::move(spec)), added_(spec_.added, [this](std::u32string_view text) { return normalize(text); }) {
    for (int byte = 0; byte < 256; ++byte) {
      const auto id = spec_.byte_fallback ? spec_.vocabulary.find(fmt::format("<0x{:02X}>", byte)) : std::nullopt;
      byte_ids_[static_cast<std::size_t>(byte)] = id.value_or(-1);
    }
  }

  std::vector<TokenId> encode(std::string_view text) const override {
    std::vector<TokenId> ids;
    if (spec_.ends.first) ids.push_back(*spec_.ends.first);
    added_.split(
        decode_utf8(text), [&](std::u32string_view part) { return is_full(ids) ? std::u32string() : normalize(part); },
        [&](std::u32string_view part) { encode_part(part, ids); }, [&](TokenId id) { ids.push_back(id); });
    pad_to_context(ids, spec_.ends.last, spec_.pad, spec_.context_length);
    return ids;
  }

  int context_length() const override { return spec_.context_length; }
  bool pads_to_context_length() const override { return true; }
  TokenId pad_id() const override { return spec_.pad; }
  int vocabulary_size() const override { return spec_.vocabulary.size(); }

 private:
  bool is_full(const std::vector<TokenId>& ids) const {
    return ids.size() >= static_cast<std::size_t>(spec_.context_length);
  }

  std::u32string normalize(std::u32string_view text) const {
    std::u32string out;
    out.reserve(text.size());
    for (const char32_t c : text) {
      if (c == U' ') {
        out.push_back(kSpace);
      } else if (spec_.lowercase) {
        append_lower(out, c);
      } else {
        out.push_back(c);
      }
    }
    return out;
  }

  void encode_part(std::u32string_view part, std::vector<TokenId>& ids) const {
    std::vector<TokenId> symbols;
    symbols.reserve(part.size());
    std::string character;
    bool after_unknown = false;
    for (const char32_t c : part) {
      character.clear();
      append_utf8(character, c);
      const auto id = spec_.vocabulary.find(character);
      const bool known = id || append_bytes(character, symbols);
      if (id) symbols.push_back(*id);
      if (!known && !(after_unknown && spec_.fuse_unknown)) symbols.push_back(spec_.unknown);
      after_unknown = !known;
    }
    spec_.merges.merge(symbols);
    ids.insert(ids.end(), symbols.begin(), symbols.end());
  }

  // False, with nothing appended, unless each byte has a token.
  bool append_bytes(std::string_view character, std::vector<TokenId>& symbols) const {
    const std::size_t before = symbols.size();
    for (const char byte : character) symbols.push_back(byte_ids_[static_cast<unsigned char>(byte)]);
    const bool whole = std::all_of(symbols.begin() + static_cast<std::ptrdiff_t>(before), symbols.end(),
                                   [](TokenId id) { return id >= 0; });
    if (!whole) symbols.resize(before);
    return whole;
  }

  GemmaSpec spec_;
  AddedTokenStages added_;
  std::array<TokenId, 256> byte_ids_{};
};

}  // namespace

std::unique_ptr<Tokenizer> make_gemma_tokenizer(GemmaSpec spec) {
  return std::make_unique<GemmaTokenizer>(std::move(spec));
}

}  // namespace glimpse::text
