// SigLIP's tokenizer. U+2581 in a text becomes a space and one U+2581 is put in front; special tokens are cut out; each
// part between them goes through: lower case → ASCII punctuation off → white space to single spaces, none at the ends →
// the unigram model → end token, cut, padding.
// The model takes a leading U+2581 for white space and would drop it. As in the reference the unknown token's text goes
// in front of each part, and as many pieces as it makes on its own are dropped from the result.
// Source: Zhai et al. 2023; transformers SiglipTokenizer, whose ids the tests hold it to.
#include "text/siglip_unigram.h"

#include <algorithm>

#include "base/file.h"
#include "text/added_tokens.h"
#include "text/padding.h"
#include "text/tokenizer_json.h"
#include "text/unicode.h"
#include "text/unigram_model.h"

namespace glimpse::text {
namespace {

using nlohmann::json;

constexpr char32_t kSpace = 0x2581;
constexpr const char* kSpacePiece = "\xE2\x96\x81";
// The library copies a run of unknown characters once for each of them, so what is beyond this is left out: 64 pieces
// are never so long, a run of unknown characters would have to be.
constexpr std::size_t kMaxTextBytes = 64'000;

struct SiglipSpec {
  UnigramModel model;
  std::vector<std::string> special{};  // cut out of the text
  std::string unknown_text = "<unk>";
  bool lowercase = true;
  TokenId end = 0, pad = 0, space = 0;
  int context_length = 64;
};

bool is_ascii_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

class SiglipTokenizer final : public Tokenizer {
 public:
  explicit SiglipTokenizer(SiglipSpec spec)
      : spec_(std::move(spec)), unknown_pieces_(spec_.model.encode(spec_.unknown_text).size()) {
    for (const std::string& token : spec_.special) special_.add(decode_utf8(token), spec_.model.id_of(token));
  }

  std::vector<TokenId> encode(std::string_view text) const override {
    std::vector<TokenId> ids;
    bool space_then_special = false;
    special_.split(
        with_leading_space(text), [&](std::u32string_view part) { encode_part(part, ids); },
        [&](TokenId id) {
          space_then_special = space_then_special || (ids.size() == 1 && ids.front() == spec_.space);
          ids.push_back(id);
        });
    if (space_then_special) ids.erase(ids.begin());
    // An end token that the text itself ends with is not doubled.
    const std::size_t most = static_cast<std::size_t>(spec_.context_length) - 1;
    if (ids.size() > most) ids.resize(most);
    const bool has_end = !ids.empty() && ids.back() == spec_.end;
    pad_to_context(ids, has_end ? std::nullopt : std::optional(spec_.end), spec_.pad, spec_.context_length);
    return ids;
  }

  int context_length() const override { return spec_.context_length; }
  bool pads_to_context_length() const override { return true; }
  TokenId pad_id() const override { return spec_.pad; }
  int vocabulary_size() const override { return spec_.model.size(); }

 private:
  static std::u32string with_leading_space(std::string_view text) {
    std::u32string out = decode_utf8(text.substr(0, kMaxTextBytes));
    std::ranges::replace(out, kSpace, U' ');
    return kSpace + out;
  }

  std::u32string canonical(std::u32string_view text) const {
    std::u32string out;
    bool space_pending = false;
    for (const char32_t c : spec_.lowercase ? lower_in_context(text) : std::u32string(text)) {
      if (is_ascii_punctuation(c)) continue;
      const bool space = is_python_space(c);
      if (!space && space_pending) out.push_back(U' ');
      space_pending = space && (space_pending || !out.empty());
      if (!space) out.push_back(c);
    }
    return out;
  }

  void encode_part(std::u32string_view part, std::vector<TokenId>& ids) const {
    if (ids.size() > static_cast<std::size_t>(spec_.context_length)) return;
    const auto pieces = spec_.model.encode(spec_.unknown_text + encode_utf8(canonical(part)));
    const std::size_t dropped = pieces.size() >= unknown_pieces_ ? unknown_pieces_ : 0;
    ids.insert(ids.end(), pieces.begin() + static_cast<std::ptrdiff_t>(dropped), pieces.end());
  }

  SiglipSpec spec_;
  std::size_t unknown_pieces_;
  AddedTokens special_;
};

Result<TokenId> require_piece(const UnigramModel& model, const std::string& piece) {
  const TokenId id = model.id_of(piece);
  if (id < 0 || id >= model.size() || model.piece(id) != piece) {
    return Error::corruption("piece '{}' is missing in spiece.model", piece);
  }
  return id;
}

// The tokens of `added_tokens_decoder`. Errors: unsupported when one is no special token of the model's own pieces.
Result<void> read_added_tokens(const json& config, SiglipSpec& spec) {
  const auto rows = config.find("added_tokens_decoder");
  if (rows == config.end() || !rows->is_object()) return {};
  for (const auto& [key, row] : rows->items()) {
    GLIMPSE_ASSIGN_OR_RETURN(std::string content, string_member(row, "content").with_context("added_tokens_decoder"));
    GLIMPSE_ASSIGN_OR_RETURN(const bool special, bool_member(row, "special", false));
    GLIMPSE_ASSIGN_OR_RETURN(const bool single_word, bool_member(row, "single_word", false));
    if (!special || single_word || !require_piece(spec.model, content)) {
      return Error::unsupported("added token '{}' that is no special token of spiece.model", content);
    }
    spec.special.push_back(std::move(content));
  }
  return {};
}

Result<void> apply_config(const json& config, SiglipSpec& spec) {
  GLIMPSE_ASSIGN_OR_RETURN(spec.lowercase, bool_member(config, "do_lower_case", true));
  if (token_member(config, "padding_side").value_or("right") != "right") return Error::unsupported("padding_side left");
  const std::string end = token_member(config, "eos_token").value_or("</s>");
  const std::string pad = token_member(config, "pad_token").value_or("</s>");
  spec.unknown_text = token_member(config, "unk_token").value_or("<unk>");
  GLIMPSE_ASSIGN_OR_RETURN(spec.end, require_piece(spec.model, end));
  GLIMPSE_ASSIGN_OR_RETURN(spec.pad, require_piece(spec.model, pad));
  GLIMPSE_RETURN_IF_ERROR(require_piece(spec.model, spec.unknown_text));
  GLIMPSE_ASSIGN_OR_RETURN(spec.space, require_piece(spec.model, kSpacePiece));
  spec.special = {end, pad, spec.unknown_text};
  return read_added_tokens(config, spec);
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> load_siglip_unigram(const std::filesystem::path& directory, int context_length) {
  const auto file = directory / "spiece.model", config_file = directory / "tokenizer_config.json";
  GLIMPSE_ASSIGN_OR_RETURN(const std::string bytes, read_text_file(file, kMaxFileBytes));
  GLIMPSE_ASSIGN_OR_RETURN(auto model, UnigramModel::load(bytes).with_context(display(file)));
  GLIMPSE_ASSIGN_OR_RETURN(const json config, read_optional_json(config_file));
  SiglipSpec spec{.model = std::move(model), .context_length = context_length};
  GLIMPSE_RETURN_IF_ERROR(apply_config(config, spec).with_context(display(config_file)));
  return std::make_unique<SiglipTokenizer>(std::move(spec));
}

}  // namespace glimpse::text
