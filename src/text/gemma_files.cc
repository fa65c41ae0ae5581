// Reads Gemma's vocabulary from the two forms it is published in. A tokenizer.model lists no merges: each way to cut a
// piece into two pieces is one, in the order of the pieces' ids (which is that of their scores) and of the left part's
// length, as transformers makes them.
#include <algorithm>

#include "base/file.h"
#include "text/bpe_json.h"
#include "text/gemma_bpe.h"
#include "text/sentence_piece_file.h"

namespace glimpse::text {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxJsonBytes = 64'000'000;  // SigLIP 2's has 34 MB
constexpr std::string_view kSpacePiece = "\xE2\x96\x81";

// --- tokenizer.json

// Whether the step writes U+2581 for each space.
bool replaces_spaces(const json& step) {
  return step.is_object() && step.value("type", json()) == "Replace" && step.value("content", json()) == kSpacePiece &&
         step.value("pattern", json()) == json{{"String", " "}};
}

// Whether the normalizer lowers the case besides writing U+2581 for a space. Errors: unsupported.
Result<bool> read_normalizer(const json& tokenizer) {
  GLIMPSE_ASSIGN_OR_RETURN(const json* normalizer, member(tokenizer, "normalizer"));
  if (replaces_spaces(*normalizer)) return false;
  if (normalizer->is_object() && normalizer->value("type", json()) == "Sequence") {
    const json steps = normalizer->value("normalizers", json());
    const bool is_lowercase = steps.is_array() && steps.size() == 2 && steps[0].is_object() &&
                              steps[0].value("type", json()) == "Lowercase" && replaces_spaces(steps[1]);
    if (is_lowercase) return true;
  }
  return Error::unsupported("normalizer: expected Replace of ' ' by U+2581, with or without Lowercase before it");
}

// No space is left when it runs, so a split at spaces does nothing.
Result<void> check_pre_tokenizer(const json& tokenizer) {
  const auto step = tokenizer.find("pre_tokenizer");
  if (step == tokenizer.end() || step->is_null()) return {};
  GLIMPSE_RETURN_IF_ERROR(typed_member(tokenizer, "pre_tokenizer", "Split"));
  if (step->value("pattern", json()) == json{{"String", " "}}) return {};
  return Error::unsupported("pre_tokenizer: expected a split at ' '");
}

Result<void> read_model(const json& model, GemmaSpec& spec) {
  for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!token_member(model, name).value_or("").empty()) return Error::unsupported("model with {}", name);
  }
  GLIMPSE_ASSIGN_OR_RETURN(const bool ignores_merges, bool_member(model, "ignore_merges", false));
  if (ignores_merges) return Error::unsupported("model with ignore_merges");
  GLIMPSE_ASSIGN_OR_RETURN(spec.byte_fallback, bool_member(model, "byte_fallback", false));
  GLIMPSE_ASSIGN_OR_RETURN(spec.fuse_unknown, bool_member(model, "fuse_unk", false));
  return {};
}

Result<void> read_tokenizer_json(std::string text, GemmaSpec& spec) {
  GLIMPSE_ASSIGN_OR_RETURN(BpeJson read, read_bpe_json(std::move(text)));
  GLIMPSE_ASSIGN_OR_RETURN(const json* model, typed_member(read.rest, "model", "BPE"));
  GLIMPSE_RETURN_IF_ERROR(read_model(*model, spec));
  GLIMPSE_ASSIGN_OR_RETURN(spec.lowercase, read_normalizer(read.rest));
  GLIMPSE_RETURN_IF_ERROR(check_pre_tokenizer(read.rest));
  GLIMPSE_ASSIGN_OR_RETURN(spec.added, added_tokens_of(read.rest));
  GLIMPSE_ASSIGN_OR_RETURN(spec.ends, ends_of(read.rest));
  spec.vocabulary = std::move(read.vocabulary);
  spec.merges = std::move(read.merges);
  for (const AddedToken& token : spec.added) {
    const auto id = spec.vocabulary.find(token.content);
    if (!id) GLIMPSE_RETURN_IF_ERROR(spec.vocabulary.add(token.content, token.id));
    if (id && *id != token.id)
      return Error::corruption("added token '{}': id {}, not {}", token.content, token.id, *id);
  }
  return {};
}

// --- tokenizer.model

std::size_t next_character(std::string_view text, std::size_t at) {
  do ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80);
  return at;
}

void make_merges(const SentencePieceFile& file, GemmaSpec& spec) {
  std::uint32_t rank = 0;
  for (std::size_t i = 0; i < file.pieces.size(); ++i) {
    const std::string_view piece = file.pieces[i].text;
    for (std::size_t at = next_character(piece, 0); at < piece.size(); at = next_character(piece, at)) {
      const auto left = spec.vocabulary.find(piece.substr(0, at)), right = spec.vocabulary.find(piece.substr(at));
      if (left && right) spec.merges.add(*left, *right, rank++, static_cast<TokenId>(i));
    }
  }
}

Result<void> read_tokenizer_model(std::string_view bytes, GemmaSpec& spec) {
  GLIMPSE_ASSIGN_OR_RETURN(const SentencePieceFile file, read_sentence_piece_file(bytes));
  if (file.type != SentencePieceType::kBpe) {
    return Error::unsupported("model_type: expected 2 (byte-pair encoding), got {}", static_cast<int>(file.type));
  }
  if (!file.escapes_only) return Error::unsupported("normalizer_spec: expected Gemma's, which only escapes spaces");
  spec.byte_fallback = file.byte_fallback;
  spec.vocabulary.reserve(file.pieces.size(), bytes.size());
  for (std::size_t i = 0; i < file.pieces.size(); ++i) {
    const SentencePiece& piece = file.pieces[i];
    GLIMPSE_RETURN_IF_ERROR(spec.vocabulary.add(piece.text, static_cast<TokenId>(i)));
    using enum SentencePiece::Type;
    if (piece.type == kControl || piece.type == kUserDefined || piece.type == kUnknown) {
      spec.added.push_back({std::string(piece.text), static_cast<TokenId>(i), false});
    }
  }
  make_merges(file, spec);
  return {};
}

// --- tokenizer_config.json

// The id that the configuration puts on one side of the text; what it does not say, `otherwise`.
Result<std::optional<TokenId>> end_of(const json& config, const GemmaSpec& spec, std::string_view name,
                                      std::optional<TokenId> otherwise) {
  const std::string flag = fmt::format("add_{}_token", name);
  if (!config.contains(flag)) return otherwise;
  GLIMPSE_ASSIGN_OR_RETURN(const bool added, bool_member(config, flag.c_str(), false));
  if (!added) return std::optional<TokenId>();
  const std::string token =
      token_member(config, fmt::format("{}_token", name).c_str()).value_or(fmt::format("<{}>", name));
  GLIMPSE_ASSIGN_OR_RETURN(const TokenId id, spec.vocabulary.require(token));
  return std::optional<TokenId>(id);
}

// What tokenizer_config.json says wins. SigLIP 2 was trained on lower case: its released tokenizer.json leaves the case
// alone, its configuration says do_lower_case, and transformers' Siglip2Tokenizer lowers it in any case.
Result<void> apply_config(const json& config, GemmaSpec& spec) {
  if (token_member(config, "padding_side").value_or("right") != "right") return Error::unsupported("padding_side left");
  GLIMPSE_ASSIGN_OR_RETURN(const bool lowercase, bool_member(config, "do_lower_case", true));
  spec.lowercase = spec.lowercase || lowercase;
  GLIMPSE_ASSIGN_OR_RETURN(spec.ends.first, end_of(config, spec, "bos", spec.ends.first));
  GLIMPSE_ASSIGN_OR_RETURN(spec.ends.last, end_of(config, spec, "eos", spec.ends.last));
  GLIMPSE_ASSIGN_OR_RETURN(spec.pad, spec.vocabulary.require(token_member(config, "pad_token").value_or("<pad>")));
  GLIMPSE_ASSIGN_OR_RETURN(spec.unknown, spec.vocabulary.require(token_member(config, "unk_token").value_or("<unk>")));
  return {};
}

Result<void> check(const GemmaSpec& spec) {
  GLIMPSE_RETURN_IF_ERROR(spec.vocabulary.check());
  for (const auto id : {spec.ends.first, spec.ends.last}) {
    if (id.value_or(0) >= spec.vocabulary.size())
      return Error::corruption("token id {} is outside the vocabulary", *id);
  }
  return {};
}

Result<GemmaSpec> finish(const std::filesystem::path& directory, const std::filesystem::path& file, GemmaSpec spec) {
  const auto config_file = directory / "tokenizer_config.json";
  GLIMPSE_ASSIGN_OR_RETURN(const json config, read_optional_json(config_file));
  GLIMPSE_RETURN_IF_ERROR(apply_config(config, spec).with_context(display(config_file)));
  GLIMPSE_RETURN_IF_ERROR(check(spec).with_context(display(file)));
  return spec;
}

}  // namespace

Result<GemmaSpec> read_gemma_json(const std::filesystem::path& directory) {
  const auto file = directory / "tokenizer.json";
  GLIMPSE_ASSIGN_OR_RETURN(std::string text, read_text_file(file, kMaxJsonBytes));
  GemmaSpec spec;
  GLIMPSE_RETURN_IF_ERROR(read_tokenizer_json(std::move(text), spec).with_context(display(file)));
  return finish(directory, file, std::move(spec));
}

Result<GemmaSpec> read_gemma_model(const std::filesystem::path& directory) {
  const auto file = directory / "tokenizer.model";
  GLIMPSE_ASSIGN_OR_RETURN(const std::string bytes, read_text_file(file, kMaxFileBytes));
  GemmaSpec spec;
  spec.lowercase = false;
  GLIMPSE_RETURN_IF_ERROR(read_tokenizer_model(bytes, spec).with_context(display(file)));
  if (const auto eos = spec.vocabulary.find("<eos>")) spec.ends.last = *eos;
  return finish(directory, file, std::move(spec));
}

}  // namespace glimpse::text
