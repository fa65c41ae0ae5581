#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/added_tokens.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

// Internal to this room: reading Hugging Face tokenizer files. Every error names what is wrong inside the file; the
// caller adds the file's name.
namespace glimpse::text {

inline constexpr std::uint64_t kMaxFileBytes = 32'000'000;

/// Errors: corruption (no JSON, with the byte; nested deeper than 32).
Result<nlohmann::json> parse_json(std::string_view text);
/// A whole JSON file. Errors: as read_text_file; corruption (no JSON, with the byte; nested deeper than 32).
Result<nlohmann::json> read_json(const std::filesystem::path& path);
/// The file's object, or an empty object when there is no such file.
Result<nlohmann::json> read_optional_json(const std::filesystem::path& path);

/// The member that `object` must have. Errors: corruption naming it.
Result<const nlohmann::json*> member(const nlohmann::json& object, const char* name);
Result<std::string> string_member(const nlohmann::json& object, const char* name);
/// Null or absent gives `fallback`; any other type than boolean is corruption.
Result<bool> bool_member(const nlohmann::json& object, const char* name, bool fallback);
/// Absent or null gives nothing. Errors: corruption when it is no integer in 0 … 2^31 - 1 (1e30, transformers' word for
/// "no limit", also gives nothing).
Result<std::optional<int>> int_member(const nlohmann::json& object, const char* name);
/// A special token as a configuration writes it: a string, or an object with `content`.
std::optional<std::string> token_member(const nlohmann::json& object, const char* name);
/// Unsupported unless object[name].type is `type`.
Result<const nlohmann::json*> typed_member(const nlohmann::json& object, const char* name, std::string_view type);

/// An object of token → id. Errors: corruption.
Result<Vocabulary> vocabulary_of(const nlohmann::json& tokens);

/// The rows of `added_tokens`.
/// Errors: corruption; unsupported (single_word, lstrip, rstrip); resource_exhausted (more than 10,000).
Result<std::vector<AddedToken>> added_tokens_of(const nlohmann::json& tokenizer);

/// The ids that a TemplateProcessing puts around one text, where it puts any.
struct Ends {
  std::optional<TokenId> first, last;
};
/// No post_processor gives none. Errors: corruption; unsupported (any other post-processor, several tokens on a side).
Result<Ends> ends_of(const nlohmann::json& tokenizer);

/// The ids that a post-processor puts around one text.
struct Frame {
  TokenId first, last;
};
/// Errors: corruption; unsupported when it is no RobertaProcessing, BertProcessing or TemplateProcessing of one token
/// before and one behind.
Result<Frame> frame_of(const nlohmann::json& tokenizer);

}  // namespace glimpse::text
