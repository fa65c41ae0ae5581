#include "text/tokenizer_json.h"

#include <algorithm>
#include <limits>

#include "base/file.h"
#include "base/utf8.h"

namespace glimpse::text {
namespace {

using nlohmann::json;

constexpr int kMaxNesting = 32;
constexpr std::size_t kMaxAddedTokens = 10'000;

// The deepest nesting of brackets outside strings. Wrong JSON gives some number; the parser then refuses it.
int nesting_of(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

Result<TokenId> id_of(const json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<TokenId>::max()) {
    return Error::corruption("token id {}: expected an integer from 0 to 2^31 - 1", value.dump().substr(0, 40));
  }
  return value.get<TokenId>();
}

Result<TokenId> first_id(const json& template_processing, const json& piece) {
  GLIMPSE_ASSIGN_OR_RETURN(const json* special, member(piece, "SpecialToken"));
  GLIMPSE_ASSIGN_OR_RETURN(const std::string name, string_member(*special, "id"));
  GLIMPSE_ASSIGN_OR_RETURN(const json* tokens, member(template_processing, "special_tokens"));
  GLIMPSE_ASSIGN_OR_RETURN(const json* token, member(*tokens, name.c_str()));
  GLIMPSE_ASSIGN_OR_RETURN(const json* ids, member(*token, "ids"));
  if (!ids->is_array() || ids->size() != 1) return Error::unsupported("special token '{}' of several ids", name);
  return id_of(ids->front());
}

Result<Ends> template_ends(const json& processor) {
  GLIMPSE_ASSIGN_OR_RETURN(const json* pieces, member(processor, "single"));
  if (!pieces->is_array()) return Error::corruption("post_processor: 'single' is no array");
  Ends ends;
  bool behind = false;
  for (const json& piece : *pieces) {
    if (piece.is_object() && piece.contains("Sequence") && !behind) {
      behind = true;
      continue;
    }
    auto& end = behind ? ends.last : ends.first;
    if (end) return Error::unsupported("post_processor: several tokens on one side of the text");
    GLIMPSE_ASSIGN_OR_RETURN(end, first_id(processor, piece));
  }
  if (!behind) return Error::corruption("post_processor: 'single' has no place for the text");
  return ends;
}

Result<Frame> template_frame(const json& processor) {
  GLIMPSE_ASSIGN_OR_RETURN(const Ends ends, template_ends(processor));
  if (ends.first && ends.last) return Frame{*ends.first, *ends.last};
  return Error::unsupported("post_processor: expected one token before the text and one behind");
}

// ["[SEP]", 102]
Result<TokenId> pair_id(const json& processor, const char* name) {
  GLIMPSE_ASSIGN_OR_RETURN(const json* pair, member(processor, name));
  if (!pair->is_array() || pair->size() != 2) return Error::corruption("post_processor: '{}' is no pair", name);
  return id_of((*pair)[1]);
}

Result<AddedToken> added_token_of(const json& row) {
  AddedToken token;
  GLIMPSE_ASSIGN_OR_RETURN(token.content, string_member(row, "content"));
  GLIMPSE_ASSIGN_OR_RETURN(const json* id, member(row, "id"));
  GLIMPSE_ASSIGN_OR_RETURN(token.id, id_of(*id));
  GLIMPSE_ASSIGN_OR_RETURN(token.normalized, bool_member(row, "normalized", false));
  for (const char* flag : {"single_word", "lstrip", "rstrip"}) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool set, bool_member(row, flag, false));
    if (set) return Error::unsupported("added token '{}' with {}", token.content, flag);
  }
  return token;
}

}  // namespace

Result<json> parse_json(std::string_view text) {
  if (nesting_of(text) > kMaxNesting) return Error::corruption("JSON nested deeper than {} levels", kMaxNesting);
  try {
    return json::parse(text);
  } catch (const json::exception& exception) {
    return Error::corruption("no JSON: {}", valid_utf8(exception.what()));
  }
}

Result<json> read_json(const std::filesystem::path& path) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(path, kMaxFileBytes));
  return parse_json(text).with_context(display(path));
}

Result<json> read_optional_json(const std::filesystem::path& path) {
  auto value = read_json(path);
  if (!value && value.error().code() == ErrorCode::kNotFound) return json::object();
  if (value && !value->is_object()) return Error::corruption("{}: expected a JSON object", display(path));
  return value;
}

Result<const json*> member(const json& object, const char* name) {
  if (!object.is_object()) return Error::corruption("expected an object with '{}', got {}", name, object.type_name());
  const auto found = object.find(name);
  if (found == object.end()) return Error::corruption("'{}' is missing", name);
  return &*found;
}

Result<std::string> string_member(const json& object, const char* name) {
  GLIMPSE_ASSIGN_OR_RETURN(const json* value, member(object, name));
  if (!value->is_string()) return Error::corruption("'{}': expected a string, got {}", name, value->type_name());
  return value->get<std::string>();
}

Result<bool> bool_member(const json& object, const char* name, bool fallback) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return fallback;
  if (!found->is_boolean()) return Error::corruption("'{}': expected true or false, got {}", name, found->type_name());
  return found->get<bool>();
}

Result<std::optional<int>> int_member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::optional<int>();
  if (found->is_number_float() && found->get<double>() >= 1e18) return std::optional<int>();
  if (found->is_number_unsigned() && found->get<std::uint64_t>() >= 1'000'000'000'000'000'000)
    return std::optional<int>();
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() > std::numeric_limits<int>::max()) {
    return Error::corruption("'{}': expected an integer from 0 to 2^31 - 1", name);
  }
  return std::optional<int>(found->get<int>());
}

std::optional<std::string> token_member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (!found->is_object()) return std::nullopt;
  const auto content = found->find("content");
  if (content == found->end() || !content->is_string()) return std::nullopt;
  return content->get<std::string>();
}

Result<const json*> typed_member(const json& object, const char* name, std::string_view type) {
  GLIMPSE_ASSIGN_OR_RETURN(const json* value, member(object, name));
  if (value->is_null()) return Error::unsupported("'{}': expected {}, got none", name, type);
  GLIMPSE_ASSIGN_OR_RETURN(const std::string actual, string_member(*value, "type").with_context(name));
  if (actual != type) return Error::unsupported("'{}': expected {}, got {}", name, type, actual);
  return value;
}

Result<Vocabulary> vocabulary_of(const json& tokens) {
  if (!tokens.is_object()) return Error::corruption("vocabulary: expected an object, got {}", tokens.type_name());
  Vocabulary vocabulary;
  for (const auto& [token, value] : tokens.items()) {
    GLIMPSE_ASSIGN_OR_RETURN(const TokenId id, id_of(value).with_context("vocabulary"));
    GLIMPSE_RETURN_IF_ERROR(vocabulary.add(token, id));
  }
  return vocabulary;
}

Result<std::vector<AddedToken>> added_tokens_of(const json& tokenizer) {
  const auto rows = tokenizer.find("added_tokens");
  std::vector<AddedToken> tokens;
  if (rows == tokenizer.end() || rows->is_null()) return tokens;
  if (!rows->is_array()) return Error::corruption("'added_tokens': expected an array");
  if (rows->size() > kMaxAddedTokens) return Error::resource_exhausted("more than {} added tokens", kMaxAddedTokens);
  for (const json& row : *rows) {
    GLIMPSE_ASSIGN_OR_RETURN(auto token, added_token_of(row).with_context("added_tokens"));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Result<Ends> ends_of(const json& tokenizer) {
  const auto processor = tokenizer.find("post_processor");
  if (processor == tokenizer.end() || processor->is_null()) return Ends{};
  GLIMPSE_RETURN_IF_ERROR(typed_member(tokenizer, "post_processor", "TemplateProcessing"));
  return template_ends(*processor);
}

Result<Frame> frame_of(const json& tokenizer) {
  GLIMPSE_ASSIGN_OR_RETURN(const json* processor, member(tokenizer, "post_processor"));
  if (processor->is_null()) return Error::unsupported("no post_processor: nothing puts special tokens around the text");
  GLIMPSE_ASSIGN_OR_RETURN(const std::string type, string_member(*processor, "type"));
  if (type == "TemplateProcessing") return template_frame(*processor);
  if (type != "RobertaProcessing" && type != "BertProcessing") {
    return Error::unsupported("post_processor '{}'", type);
  }
  GLIMPSE_ASSIGN_OR_RETURN(const TokenId first, pair_id(*processor, "cls"));
  GLIMPSE_ASSIGN_OR_RETURN(const TokenId last, pair_id(*processor, "sep"));
  return Frame{first, last};
}

}  // namespace glimpse::text
