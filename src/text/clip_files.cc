// Reads CLIP's vocabulary from the three forms it is published in: tokenizer.json, vocab.json + merges.txt, and the
// bare list of merges (bpe_simple_vocab_16e6.txt.gz), whose vocabulary follows from it: the 256 byte symbols, the same
// with "</w>", one token for each of the first 48,894 merges, start and end of text.
#include <zlib.h>

#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "base/utf8.h"
#include "text/bpe_json.h"
#include "text/clip_bpe.h"

namespace glimpse::text {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxMergesOfFile = 49152 - 256 - 2;
constexpr std::size_t kMaxInflatedBytes = 64'000'000;
constexpr const char* kStart = "<|startoftext|>";
constexpr const char* kEnd = "<|endoftext|>";

// --- merges

Result<Merge> merge_of(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == 0 || space == std::string_view::npos || space + 1 == line.size() ||
      line.find(' ', space + 1) != std::string_view::npos) {
    return Error::corruption("expected two tokens with a space between, got '{}'", valid_utf8(line.substr(0, 40)));
  }
  return Merge{std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

// One merge a line behind the "#version" line; at most `limit`, what follows is ignored.
Result<std::vector<Merge>> merges_of_text(std::string_view text, std::size_t limit) {
  std::vector<Merge> merges;
  std::size_t number = 0;
  while (!text.empty() && merges.size() < limit) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    if (line.empty() || (number == 1 && line.find("#version") != std::string_view::npos)) continue;
    GLIMPSE_ASSIGN_OR_RETURN(auto merge, merge_of(line).with_context(fmt::format("line {}", number)));
    merges.push_back(std::move(merge));
  }
  if (merges.empty()) return Error::corruption("no merges in it");
  return merges;
}

// --- tokenizer.json

// A pipeline step's `type`, or those of a sequence of steps: "NFC Replace Lowercase".
std::string types_of(const json& step, const char* list) {
  if (!step.is_object()) return "none";
  const auto type = step.find("type");
  if (type == step.end() || !type->is_string()) return "none";
  const auto steps = step.find(list);
  if (*type != "Sequence" || steps == step.end() || !steps->is_array()) return type->get<std::string>();
  std::string out;
  for (const json& part : *steps) out += (out.empty() ? "" : " ") + types_of(part, list);
  return out;
}

// Whether the pattern begins with the special tokens. Errors: unsupported.
Result<bool> pattern_has_specials(const json& pre_tokenizer) {
  constexpr std::string_view kPattern = R"('s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)";
  constexpr std::string_view kSpecials = R"(<\|startoftext\|>|<\|endoftext\|>|)";
  const json& split = pre_tokenizer.at("pretokenizers").at(0);
  GLIMPSE_ASSIGN_OR_RETURN(const json* pattern, member(split, "pattern"));
  GLIMPSE_ASSIGN_OR_RETURN(const std::string regex, string_member(*pattern, "Regex"));
  if (regex == kPattern) return false;
  if (regex == std::string(kSpecials) + std::string(kPattern)) return true;
  return Error::unsupported("pre_tokenizer: pattern '{}' is not CLIP's", regex);
}

// Whether the pattern begins with the special tokens. Errors: unsupported when it is not CLIP's pipeline.
Result<bool> check_pipeline(const json& tokenizer) {
  GLIMPSE_ASSIGN_OR_RETURN(const json* normalizer, member(tokenizer, "normalizer"));
  if (const auto types = types_of(*normalizer, "normalizers"); types != "NFC Replace Lowercase") {
    return Error::unsupported("normalizer: expected NFC Replace Lowercase, got {}", types);
  }
  GLIMPSE_ASSIGN_OR_RETURN(const json* splitter, member(tokenizer, "pre_tokenizer"));
  if (const auto types = types_of(*splitter, "pretokenizers"); types != "Split ByteLevel") {
    return Error::unsupported("pre_tokenizer: expected Split ByteLevel, got {}", types);
  }
  return pattern_has_specials(*splitter);
}

Result<void> check_model(const json& model) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string suffix, string_member(model, "end_of_word_suffix"));
  if (suffix != "</w>") return Error::unsupported("end_of_word_suffix '{}', expected '</w>'", suffix);
  for (const char* flag : {"fuse_unk", "byte_fallback", "ignore_merges"}) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool set, bool_member(model, flag, false));
    if (set) return Error::unsupported("model with {}", flag);
  }
  return {};
}

Result<ClipSpec> spec_of(const Vocabulary& vocabulary, const std::vector<Merge>& merges, TokenId unknown) {
  GLIMPSE_RETURN_IF_ERROR(vocabulary.check());
  ClipSpec spec;
  GLIMPSE_ASSIGN_OR_RETURN(spec.encoder, BytePairEncoder::create(vocabulary, merges, unknown));
  spec.vocabulary_size = vocabulary.size();
  return spec;
}

// The padding token that the directory names (CLIP's own is the end of text).
Result<TokenId> pad_of(const std::filesystem::path& directory, const Vocabulary& vocabulary, TokenId fallback) {
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
    GLIMPSE_ASSIGN_OR_RETURN(const json config, read_optional_json(directory / name));
    if (const auto token = token_member(config, "pad_token")) {
      return vocabulary.require(*token).with_context(display(directory / name));
    }
  }
  return fallback;
}

struct DirectorySpec {
  ClipSpec spec;
  Vocabulary vocabulary;
};

Result<DirectorySpec> read_tokenizer_json(std::string text) {
  GLIMPSE_ASSIGN_OR_RETURN(BpeJson file, read_bpe_json(std::move(text)));
  const json& tokenizer = file.rest;
  GLIMPSE_ASSIGN_OR_RETURN(const json* model, typed_member(tokenizer, "model", "BPE"));
  GLIMPSE_RETURN_IF_ERROR(check_model(*model));
  GLIMPSE_ASSIGN_OR_RETURN(const bool pattern_has_specials, check_pipeline(tokenizer));
  GLIMPSE_ASSIGN_OR_RETURN(auto added, added_tokens_of(tokenizer));
  DirectorySpec read;
  read.vocabulary = std::move(file.vocabulary);
  for (const AddedToken& token : added) {
    if (!read.vocabulary.find(token.content)) GLIMPSE_RETURN_IF_ERROR(read.vocabulary.add(token.content, token.id));
  }
  TokenId unknown = -1;
  if (const auto token = token_member(*model, "unk_token")) {
    GLIMPSE_ASSIGN_OR_RETURN(unknown, read.vocabulary.require(*token));
  }
  GLIMPSE_RETURN_IF_ERROR(read.vocabulary.check());
  read.spec.encoder = BytePairEncoder::create(read.vocabulary, std::move(file.merges), unknown);
  read.spec.vocabulary_size = read.vocabulary.size();
  GLIMPSE_ASSIGN_OR_RETURN(read.spec.frame, frame_of(tokenizer));
  for (const TokenId id : {read.spec.frame.first, read.spec.frame.last}) {
    if (id >= read.spec.vocabulary_size) return Error::corruption("special token id {} is outside the vocabulary", id);
  }
  read.spec.pattern_has_specials = pattern_has_specials;
  read.spec.added = std::move(added);
  return read;
}

Result<DirectorySpec> read_vocab_and_merges(const std::filesystem::path& directory) {
  const auto vocabulary_file = directory / "vocab.json", merges_file = directory / "merges.txt";
  GLIMPSE_ASSIGN_OR_RETURN(const json tokens, read_json(vocabulary_file));
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(merges_file, kMaxFileBytes));
  const std::string where = display(vocabulary_file);
  DirectorySpec read;
  GLIMPSE_ASSIGN_OR_RETURN(read.vocabulary, vocabulary_of(tokens).with_context(where));
  GLIMPSE_ASSIGN_OR_RETURN(const TokenId first, read.vocabulary.require(kStart).with_context(where));
  GLIMPSE_ASSIGN_OR_RETURN(const TokenId last, read.vocabulary.require(kEnd).with_context(where));
  GLIMPSE_RETURN_IF_ERROR(read.vocabulary.check().with_context(where));
  GLIMPSE_ASSIGN_OR_RETURN(const auto merges, merges_of_text(text, text.size()).with_context(display(merges_file)));
  GLIMPSE_ASSIGN_OR_RETURN(read.spec, spec_of(read.vocabulary, merges, last).with_context(display(merges_file)));
  read.spec.frame = {first, last};
  read.spec.pattern_has_specials = true;
  read.spec.added = {{kStart, first, false}, {kEnd, last, false}};
  return read;
}

// --- the file of merges

// The file's text, whether compressed or not. Errors: corruption; resource_exhausted.
Result<std::string> inflate_all(const std::string& file) {
  constexpr int kGzipOrZlib = 15 + 32;
  if (!file.starts_with("\x1f\x8b")) return file;
  z_stream stream{};
  if (::inflateInit2(&stream, kGzipOrZlib) != Z_OK) return Error::resource_exhausted("no memory to decompress it");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(file.data()));  // zlib's interface; it only reads
  stream.avail_in = static_cast<uInt>(file.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK && out.size() < kMaxInflatedBytes) {
    const std::size_t done = out.size();
    out.resize(done + 1'000'000);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
    stream.avail_out = 1'000'000;
    status = ::inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  const bool whole = status == Z_STREAM_END && stream.avail_in == 0;
  ::inflateEnd(&stream);
  if (whole) return out;
  if (status == Z_OK) return Error::resource_exhausted("over {} bytes when decompressed", kMaxInflatedBytes);
  return Error::corruption("damaged gzip data");
}

// GPT-2's order of the byte symbols: first the printable bytes, then the others.
std::vector<std::string> byte_symbols() {
  std::vector<std::string> printable, others;
  for (int byte = 0; byte < 256; ++byte) {
    std::string symbol = byte_symbol(static_cast<std::uint8_t>(byte));
    const bool shifted = symbol.size() == 2 && static_cast<unsigned char>(symbol[0]) >= 0xC4;  // U+0100 and above
    (shifted ? others : printable).push_back(std::move(symbol));
  }
  printable.insert(printable.end(), others.begin(), others.end());
  return printable;
}

Result<Vocabulary> vocabulary_of_merges(const std::vector<Merge>& merges) {
  Vocabulary vocabulary;
  const auto append = [&](std::string_view token) { return vocabulary.add(token, vocabulary.size()); };
  const auto symbols = byte_symbols();
  for (const std::string& symbol : symbols) GLIMPSE_RETURN_IF_ERROR(append(symbol));
  for (const std::string& symbol : symbols) GLIMPSE_RETURN_IF_ERROR(append(symbol + "</w>"));
  for (const Merge& merge : merges) GLIMPSE_RETURN_IF_ERROR(append(merge.left + merge.right));
  GLIMPSE_RETURN_IF_ERROR(append(kStart));
  GLIMPSE_RETURN_IF_ERROR(append(kEnd));
  return vocabulary;
}

Result<ClipSpec> spec_of_merges_file(const std::string& file, Vocabulary* tokens) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, inflate_all(file));
  GLIMPSE_ASSIGN_OR_RETURN(const auto merges, merges_of_text(text, kMaxMergesOfFile));
  GLIMPSE_ASSIGN_OR_RETURN(Vocabulary vocabulary, vocabulary_of_merges(merges));
  GLIMPSE_ASSIGN_OR_RETURN(ClipSpec spec, spec_of(vocabulary, merges, -1));
  spec.rules = ClipRules::kOpenClip;
  spec.frame = {spec.vocabulary_size - 2, spec.vocabulary_size - 1};
  if (tokens != nullptr) *tokens = std::move(vocabulary);
  return spec;
}

}  // namespace

Result<ClipSpec> read_clip_directory(const std::filesystem::path& directory, Vocabulary* vocabulary) {
  const auto file = directory / "tokenizer.json";
  std::error_code unreadable;
  DirectorySpec read;
  if (std::filesystem::exists(file, unreadable)) {
    GLIMPSE_ASSIGN_OR_RETURN(std::string text, read_text_file(file, kMaxFileBytes));
    GLIMPSE_ASSIGN_OR_RETURN(read, read_tokenizer_json(std::move(text)).with_context(display(file)));
  } else {
    GLIMPSE_ASSIGN_OR_RETURN(read, read_vocab_and_merges(directory));
  }
  GLIMPSE_ASSIGN_OR_RETURN(read.spec.pad, pad_of(directory, read.vocabulary, read.spec.frame.last));
  if (vocabulary != nullptr) *vocabulary = std::move(read.vocabulary);
  return std::move(read.spec);
}

Result<ClipSpec> read_clip_merges_file(const std::filesystem::path& path, Vocabulary* vocabulary) {
  const auto file = read_text_file(path, kMaxFileBytes);
  if (!file) return file.error();
  return spec_of_merges_file(*file, vocabulary).with_context(display(path));
}

}  // namespace glimpse::text
