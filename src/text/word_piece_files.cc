// WordPiece's two layouts: tokenizer.json, or vocab.txt with the special tokens' names in tokenizer_config.json.
#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "text/word_piece.h"

namespace glimpse::text {
namespace {

using nlohmann::json;

Result<void> read_normalizer(const json& tokenizer, WordPieceSpec& spec) {
  GLIMPSE_ASSIGN_OR_RETURN(const json* normalizer, typed_member(tokenizer, "normalizer", "BertNormalizer"));
  GLIMPSE_ASSIGN_OR_RETURN(spec.clean_text, bool_member(*normalizer, "clean_text", true));
  GLIMPSE_ASSIGN_OR_RETURN(spec.handle_chinese_chars, bool_member(*normalizer, "handle_chinese_chars", true));
  GLIMPSE_ASSIGN_OR_RETURN(spec.lowercase, bool_member(*normalizer, "lowercase", true));
  GLIMPSE_ASSIGN_OR_RETURN(spec.strip_accents, bool_member(*normalizer, "strip_accents", spec.lowercase));
  return {};
}

Result<void> read_tokenizer_json(const json& tokenizer, WordPieceSpec& spec) {
  GLIMPSE_ASSIGN_OR_RETURN(const json* model, typed_member(tokenizer, "model", "WordPiece"));
  GLIMPSE_ASSIGN_OR_RETURN(const json* tokens, member(*model, "vocab"));
  GLIMPSE_ASSIGN_OR_RETURN(spec.vocabulary, vocabulary_of(*tokens));
  GLIMPSE_ASSIGN_OR_RETURN(spec.continuing_prefix, string_member(*model, "continuing_subword_prefix"));
  GLIMPSE_ASSIGN_OR_RETURN(const auto longest, int_member(*model, "max_input_chars_per_word"));
  if (longest) spec.max_word_length = std::min<std::size_t>(static_cast<std::size_t>(*longest), 1000);
  GLIMPSE_ASSIGN_OR_RETURN(const std::string unknown, string_member(*model, "unk_token"));
  GLIMPSE_ASSIGN_OR_RETURN(spec.unknown, spec.vocabulary.require(unknown));
  GLIMPSE_RETURN_IF_ERROR(typed_member(tokenizer, "pre_tokenizer", "BertPreTokenizer"));
  GLIMPSE_RETURN_IF_ERROR(read_normalizer(tokenizer, spec));
  GLIMPSE_ASSIGN_OR_RETURN(spec.added, added_tokens_of(tokenizer));
  for (const AddedToken& token : spec.added) {
    if (!spec.vocabulary.find(token.content)) GLIMPSE_RETURN_IF_ERROR(spec.vocabulary.add(token.content, token.id));
  }
  GLIMPSE_ASSIGN_OR_RETURN(spec.frame, frame_of(tokenizer));
  return {};
}

Result<void> read_vocab_txt(const std::filesystem::path& path, WordPieceSpec& spec) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(path, kMaxFileBytes));
  TokenId line_number = 0;
  for (std::size_t begin = 0; begin < text.size(); ++line_number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view token = std::string_view(text).substr(begin, end - begin);
    if (token.ends_with('\r')) token.remove_suffix(1);
    if (auto added = spec.vocabulary.add(token, line_number); !added) {
      return added.error().with_context(fmt::format("line {}", line_number + 1));
    }
    begin = end + 1;
  }
  return {};
}

// The special tokens by the names that the configuration gives them, for a directory without tokenizer.json.
Result<void> read_special_tokens(const json& config, WordPieceSpec& spec) {
  const auto special = [&](const char* key, const char* fallback) -> Result<TokenId> {
    std::string content = token_member(config, key).value_or(fallback);
    GLIMPSE_ASSIGN_OR_RETURN(const TokenId id, spec.vocabulary.require(content));
    spec.added.push_back({std::move(content), id, false});
    return id;
  };
  GLIMPSE_ASSIGN_OR_RETURN(spec.unknown, special("unk_token", "[UNK]"));
  GLIMPSE_ASSIGN_OR_RETURN(spec.frame.first, special("cls_token", "[CLS]"));
  GLIMPSE_ASSIGN_OR_RETURN(spec.frame.last, special("sep_token", "[SEP]"));
  const std::string mask = token_member(config, "mask_token").value_or("[MASK]");
  if (const auto id = spec.vocabulary.find(mask)) spec.added.push_back({mask, *id, false});
  return {};
}

// What tokenizer_config.json says wins over tokenizer.json, as in transformers.
Result<void> apply_config(const json& config, WordPieceSpec& spec) {
  GLIMPSE_ASSIGN_OR_RETURN(spec.lowercase, bool_member(config, "do_lower_case", spec.lowercase));
  GLIMPSE_ASSIGN_OR_RETURN(spec.handle_chinese_chars,
                           bool_member(config, "tokenize_chinese_chars", spec.handle_chinese_chars));
  const bool accents_follow_case = config.contains("do_lower_case") || config.contains("strip_accents");
  GLIMPSE_ASSIGN_OR_RETURN(spec.strip_accents, bool_member(config, "strip_accents",
                                                           accents_follow_case ? spec.lowercase : spec.strip_accents));
  const std::string pad = token_member(config, "pad_token").value_or("[PAD]");
  GLIMPSE_ASSIGN_OR_RETURN(spec.pad, spec.vocabulary.require(pad));
  const bool known = std::ranges::any_of(spec.added, [&](const AddedToken& token) { return token.content == pad; });
  if (!known) spec.added.push_back({pad, spec.pad, false});
  return {};
}

// sentence-transformers' own limit wins, as it does there; then tokenizer.json's truncation; then the model's maximum.
Result<int> context_length_of(const std::filesystem::path& directory, const json& tokenizer, const json& config) {
  const auto sentence_file = directory / "sentence_bert_config.json";
  GLIMPSE_ASSIGN_OR_RETURN(const json sentence, read_optional_json(sentence_file));
  GLIMPSE_ASSIGN_OR_RETURN(const auto sentence_length,
                           int_member(sentence, "max_seq_length").with_context(display(sentence_file)));
  if (sentence_length) return *sentence_length;
  const auto truncation = tokenizer.find("truncation");
  if (truncation != tokenizer.end() && truncation->is_object()) {
    const std::string place = display(directory / "tokenizer.json") + ": truncation";
    GLIMPSE_ASSIGN_OR_RETURN(const auto length, int_member(*truncation, "max_length").with_context(place));
    if (length) return *length;
  }
  GLIMPSE_ASSIGN_OR_RETURN(
      const auto model_length,
      int_member(config, "model_max_length").with_context(display(directory / "tokenizer_config.json")));
  return model_length.value_or(512);
}

Result<void> check(const WordPieceSpec& spec) {
  GLIMPSE_RETURN_IF_ERROR(spec.vocabulary.check());
  for (const TokenId id : {spec.frame.first, spec.frame.last, spec.pad, spec.unknown}) {
    if (id >= spec.vocabulary.size()) return Error::corruption("special token id {} is outside the vocabulary", id);
  }
  if (spec.context_length < 3 || spec.context_length > 1'000'000) {
    return Error::corruption("context length {}, expected 3 to 1000000", spec.context_length);
  }
  return {};
}

}  // namespace

Result<WordPieceSpec> read_word_piece(const std::filesystem::path& directory, int context_length) {
  const auto file = directory / "tokenizer.json";
  std::error_code unreadable;
  const bool has_json = std::filesystem::exists(file, unreadable);
  GLIMPSE_ASSIGN_OR_RETURN(const json config, read_optional_json(directory / "tokenizer_config.json"));
  json tokenizer = json::object();
  WordPieceSpec spec;
  const auto read = [&]() -> Result<void> {
    if (!has_json) GLIMPSE_RETURN_IF_ERROR(read_vocab_txt(directory / "vocab.txt", spec));
    return has_json ? read_tokenizer_json(tokenizer, spec) : read_special_tokens(config, spec);
  };
  if (has_json) {
    GLIMPSE_ASSIGN_OR_RETURN(tokenizer, read_json(file));
  }
  const std::string name = display(has_json ? file : directory / "vocab.txt");
  if (auto done = read(); !done) return done.error().with_context(name);
  if (auto done = apply_config(config, spec); !done) return done.error().with_context(name);
  GLIMPSE_ASSIGN_OR_RETURN(const int own_length, context_length_of(directory, tokenizer, config));
  spec.context_length = context_length > 0 ? context_length : own_length;
  if (auto done = check(spec); !done) return done.error().with_context(name);
  return spec;
}

}  // namespace glimpse::text
