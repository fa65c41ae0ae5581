#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "base/temp_directory.h"
#include "text/byte_pair_encoder.h"
#include "text/golden_strings.h"
#include "text/html_unescape.h"
#include "text/open_clip_clean.h"
#include "text/tokenizer.h"

namespace glimpse::text {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

// OpenAI's file, from the open_clip_torch package that `make setup` installs.
std::filesystem::path merges_file() {
  return std::filesystem::path(GLIMPSE_DEPS_DIR) / "test-data/bpe_simple_vocab_16e6.txt.gz";
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// What Hugging Face's directories hold: the tokens in the order of their ids, and the merges.
struct Published {
  json vocabulary = json::object();
  std::vector<std::string> merges;
};

Published published() {
  Published out;
  std::istringstream lines(read_gz(merges_file()));
  std::string line;
  std::getline(lines, line);
  while (out.merges.size() < 48894 && std::getline(lines, line)) out.merges.push_back(line);
  std::vector<std::string> tokens;
  for (const bool printable : {true, false}) {
    for (int b = 0; b < 256; ++b) {
      const bool is_printable = (b > 32 && b < 127) || (b > 160 && b != 173);
      if (is_printable == printable) tokens.push_back(byte_symbol(static_cast<std::uint8_t>(b)));
    }
  }
  for (std::size_t i = 0; i < 256; ++i) tokens.push_back(tokens[i] + "</w>");
  for (const std::string& merge : out.merges) tokens.push_back(std::string(merge).erase(merge.find(' '), 1));
  tokens.insert(tokens.end(), {"<|startoftext|>", "<|endoftext|>"});
  for (std::size_t id = 0; id < tokens.size(); ++id) out.vocabulary[tokens[id]] = id;
  return out;
}

json tokenizer_json(const Published& from) {
  json out = json::parse(R"({
    "added_tokens": [{"id": 0, "content": "<|startoftext|>"}, {"id": 0, "content": "<|endoftext|>"}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"},
                   {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "behavior": "Removed", "invert": true,
      "pattern": {"Regex": "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}}, {"type": "ByteLevel"}]},
    "post_processor": {"type": "RobertaProcessing"},
    "model": {"type": "BPE", "unk_token": "<|endoftext|>", "end_of_word_suffix": "</w>", "merges": []}})");
  const json &start = from.vocabulary["<|startoftext|>"], &end = from.vocabulary["<|endoftext|>"];
  out["added_tokens"][0]["id"] = start;
  out["added_tokens"][1]["id"] = end;
  out["post_processor"]["cls"] = {"<|startoftext|>", start};
  out["post_processor"]["sep"] = {"<|endoftext|>", end};
  out["model"]["vocab"] = from.vocabulary;
  out["model"]["merges"] = from.merges;
  return out;
}

void write_vocab_and_merges(const std::filesystem::path& directory, const Published& from) {
  write(directory / "vocab.json", from.vocabulary.dump());
  std::string merges = "#version: 0.2\n";
  for (const std::string& merge : from.merges) merges += merge + "\n";
  write(directory / "merges.txt", merges);
}

std::unique_ptr<Tokenizer> load(const std::filesystem::path& path, int context_length = 77) {
  auto tokenizer = load_clip_bpe(path, context_length);
  EXPECT_TRUE(tokenizer) << tokenizer.error().message();
  return tokenizer ? *std::move(tokenizer) : nullptr;
}

Published small() {
  Published out;
  out.merges = {"d o", "do g</w>"};
  out.vocabulary = {
      {"d", 0}, {"o", 1}, {"g</w>", 2}, {"do", 3}, {"dog</w>", 4}, {"<|startoftext|>", 5}, {"<|endoftext|>", 6}};
  return out;
}

std::string error_of(const std::function<void(json&)>& damage) {
  const TempDirectory directory;
  json tokenizer = tokenizer_json(small());
  damage(tokenizer);
  write(directory.path() / "tokenizer.json", tokenizer.dump());
  const auto loaded = load_clip_bpe(directory.path());
  if (loaded) return "loaded";
  EXPECT_THAT(loaded.error().message(), HasSubstr("tokenizer.json"));
  return loaded.error().message();
}

TEST(ClipBpe, HundredThousandStringsEqualTransformersFromVocabJson) {
  const TempDirectory directory;
  write_vocab_and_merges(directory.path(), published());
  const auto tokenizer = load(directory.path());
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_EQ(tokenizer->vocabulary_size(), 49408);
  EXPECT_EQ(tokenizer->pad_id(), 49407);
  expect_golden_ids(*tokenizer, "clip_transformers", 100000);
}

TEST(ClipBpe, HundredThousandStringsEqualTransformersFromTokenizerJson) {
  const TempDirectory directory;
  write(directory.path() / "tokenizer.json", tokenizer_json(published()).dump());
  const auto tokenizer = load(directory.path());
  ASSERT_NE(tokenizer, nullptr);
  expect_golden_ids(*tokenizer, "clip_transformers", 100000);
}

TEST(ClipBpe, HundredThousandStringsEqualOpenClipButForItsRepairOfMojibake) {
  const auto tokenizer = load(merges_file());
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_EQ(tokenizer->vocabulary_size(), 49408);
  EXPECT_EQ(tokenizer->pad_id(), 0);
  expect_golden_ids(*tokenizer, "clip_open_clip", 99000);
}

TEST(ClipBpe, TheContextKeepsTheEndOfText) {
  const auto tokenizer = load(merges_file(), 4);
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_THAT(tokenizer->encode("a black dog"), ElementsAre(49406, 320, 1449, 49407));
  EXPECT_THAT(tokenizer->encode(""), ElementsAre(49406, 49407));
}

TEST(ClipBpe, SmallVocabularyReplacesUnknownBytes) {
  const TempDirectory directory;
  write_vocab_and_merges(directory.path(), small());
  const auto tokenizer = load(directory.path());
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_THAT(tokenizer->encode("Dog x"), ElementsAre(5, 4, 6, 6));
}

TEST(ClipBpe, DamagedFilesAreNamedWithThePlace) {
  EXPECT_EQ(error_of([](json&) {}), "loaded");
  EXPECT_THAT(error_of([](json& t) { t["model"]["merges"][1] = "do"; }), HasSubstr("merge 2"));
  EXPECT_THAT(error_of([](json& t) { t["model"]["merges"][1] = "do x"; }), HasSubstr("merge 2 ('do' 'x')"));
  EXPECT_THAT(error_of([](json& t) { t["model"]["vocab"]["d"] = 3; }), HasSubstr("taken twice"));
  EXPECT_THAT(error_of([](json& t) { t["normalizer"]["normalizers"].erase(0); }), HasSubstr("got Replace Lowercase"));
  EXPECT_THAT(error_of([](json& t) { t["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "x"; }),
              HasSubstr("pattern 'x'"));
  EXPECT_THAT(error_of([](json& t) { t["model"]["type"] = "Unigram"; }), HasSubstr("expected BPE, got Unigram"));
  EXPECT_THAT(error_of([](json& t) { t["post_processor"]["sep"][1] = 70; }), HasSubstr("70 is outside"));
  EXPECT_THAT(error_of([](json& t) { t["model"]["unk_token"] = "?"; }), HasSubstr("'?' is missing"));
}

TEST(ClipBpe, DamagedMergesFilesAreErrorsNotCrashes) {
  const TempDirectory directory;
  const auto path = directory.path() / "bpe.txt.gz";
  EXPECT_EQ(load_clip_bpe(path).error().code(), ErrorCode::kNotFound);
  auto whole = read_text_file(merges_file(), 32'000'000);
  ASSERT_TRUE(whole);
  for (const std::size_t size : {std::size_t{2}, std::size_t{100}, whole->size() / 2, whole->size() - 1}) {
    write(path, whole->substr(0, size));
    EXPECT_EQ(load_clip_bpe(path).error().code(), ErrorCode::kCorruption) << size;
  }
  (*whole)[whole->size() / 3] ^= 0x10;
  write(path, *whole);
  EXPECT_THAT(load_clip_bpe(path).error().message(), HasSubstr("bpe.txt.gz"));
  write(path, "#version: 0.2\na b\na b c\n");
  EXPECT_THAT(load_clip_bpe(path).error().message(), HasSubstr("line 3"));
}

TEST(ClipBpe, OneWordOf100KilobytesTakesNoQuadraticTime) {
  const auto tokenizer = load(merges_file());
  ASSERT_NE(tokenizer, nullptr);
  for (const std::string unit : {"a", "ab", "&amp;", "amp;", "'", "é"}) {
    std::string word;
    while (word.size() < 100000) word += unit;
    if (unit == "amp;") word.insert(0, "&");
    EXPECT_LT(cpu_ms([&] { EXPECT_LE(tokenizer->encode(word).size(), 77U); }), 50) << unit;
  }
}

TEST(HtmlUnescape, EdgeCasesOfTheStandard) {
  EXPECT_EQ(html_unescape(U"&notit; &notin; &no &amp;lt; &#x80;&#1;&#xD800;&#99999999999; &; &#;"),
            U"\u00ACit; \u2209 &no &lt; \u20AC\uFFFD\uFFFD &; &#;");
  EXPECT_EQ(html_unescape_strict(U"&amp &EACUTE; &nTILDE; &SZLIG;"), U"&amp \u00C9 &nTILDE; SS");
}

}  // namespace
}  // namespace glimpse::text
