#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "base/file.h"
#include "base/temp_directory.h"
#include "text/golden_strings.h"
#include "text/tokenizer.h"

namespace glimpse::text {
namespace {

using nlohmann::json;
using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string spiece_model() { return read_gz(golden_file("siglip/spiece.model.gz")); }
std::string tokenizer_model() { return read_gz(golden_file("siglip2/tokenizer.model")); }
std::string tokenizer_json() { return read_gz(golden_file("siglip2/tokenizer.json.gz")); }
json config_of(const std::string& model) { return json::parse(read_gz(golden_file(model + "/tokenizer_config.json"))); }

std::unique_ptr<Tokenizer> load(const std::string& name, const std::string& bytes, const json& config,
                                int context_length = 64) {
  const TempDirectory directory;
  write(directory.path() / name, bytes);
  write(directory.path() / "tokenizer_config.json", config.dump());
  auto tokenizer = load_sentence_piece(directory.path(), context_length);
  EXPECT_TRUE(tokenizer) << tokenizer.error().message();
  return tokenizer ? *std::move(tokenizer) : nullptr;
}

// The message of loading a directory with this file; "loaded" when it loads and then encodes.
std::string error_of(const std::string& name, const std::string& bytes, const json& config = json::object()) {
  const TempDirectory directory;
  write(directory.path() / name, bytes);
  write(directory.path() / "tokenizer_config.json", config.dump());
  const auto loaded = load_sentence_piece(directory.path());
  if (loaded) {
    for (const char* text :
         {"", "A photo of 2 black dogs.", "\xE2\x91\xA0\xEF\xBC\xA1 caf\xC3\xA9 \xE6\xBC\xA2 \xE1\x84\x80"}) {
      const auto ids = (*loaded)->encode(text);
      EXPECT_EQ(ids.size(), 64U);
      for (const TokenId id : ids) EXPECT_LT(id, (*loaded)->vocabulary_size());
    }
    return "loaded";
  }
  EXPECT_THAT(loaded.error().message(), HasSubstr(directory.path().string()));
  return loaded.error().message();
}

std::string error_of_json(const std::function<void(json&)>& damage) {
  json tokenizer = json::parse(tokenizer_json());
  damage(tokenizer);
  return error_of("tokenizer.json", tokenizer.dump());
}

TEST(Siglip, HundredThousandStringsEqualTransformers) {
  const auto tokenizer = load("spiece.model", spiece_model(), config_of("siglip"));
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_EQ(tokenizer->vocabulary_size(), 2200);
  EXPECT_EQ(tokenizer->pad_id(), 1);
  EXPECT_EQ(tokenizer->context_length(), 64);
  EXPECT_TRUE(tokenizer->pads_to_context_length());
  expect_golden_ids(*tokenizer, "siglip", 100000);
}

TEST(Siglip2, HundredThousandStringsEqualTransformersFromTokenizerJson) {
  const auto tokenizer = load("tokenizer.json", tokenizer_json(), config_of("siglip2"));
  ASSERT_NE(tokenizer, nullptr);
  EXPECT_EQ(tokenizer->vocabulary_size(), 2600);
  EXPECT_EQ(tokenizer->pad_id(), 0);
  EXPECT_EQ(tokenizer->context_length(), 64);
  EXPECT_TRUE(tokenizer->pads_to_context_length());
  expect_golden_ids(*tokenizer, "siglip2", 100000);
}

TEST(Siglip2, HundredThousandStringsEqualTransformersFromTokenizerModel) {
  const auto tokenizer = load("tokenizer.model", tokenizer_model(), config_of("siglip2"));
  ASSERT_NE(tokenizer, nullptr);
  expect_golden_ids(*tokenizer, "siglip2", 100000);
}

TEST(Siglip2, MergesWrittenAsLinesGiveTheSameIds) {
  json tokenizer = json::parse(tokenizer_json());
  json lines = json::array();
  for (const json& merge : tokenizer["model"]["merges"]) {
    lines.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
  }
  tokenizer["model"]["merges"] = lines;
  const auto loaded = load("tokenizer.json", tokenizer.dump(-1, ' ', true), config_of("siglip2"));  // with \u escapes
  ASSERT_NE(loaded, nullptr);
  expect_golden_ids(*loaded, "siglip2", 100000);
}

TEST(Siglip, CutsAndPadsToTheContext) {
  for (const int context : {2, 5, 64}) {
    const auto tokenizer = load("spiece.model", spiece_model(), config_of("siglip"), context);
    ASSERT_NE(tokenizer, nullptr);
    EXPECT_EQ(tokenizer->encode("").size(), static_cast<std::size_t>(context));
    const auto ids = tokenizer->encode("a black dog and a white cat");
    EXPECT_EQ(ids.size(), static_cast<std::size_t>(context));
    EXPECT_EQ(ids.back(), 1);
    EXPECT_THAT(std::vector(ids.begin() + std::min(context, 20), ids.end()), Each(1));
  }
}

TEST(Siglip2, CutsAndPadsToTheContext) {
  const auto wide = load("tokenizer.json", tokenizer_json(), config_of("siglip2"), 64);
  const auto narrow = load("tokenizer.json", tokenizer_json(), config_of("siglip2"), 4);
  ASSERT_TRUE(wide && narrow);
  const auto all = wide->encode("a black dog and a white cat"), few = narrow->encode("a black dog and a white cat");
  EXPECT_THAT(few, ElementsAre(all[0], all[1], all[2], 1));
  EXPECT_THAT(narrow->encode(""), ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(std::vector(all.begin() + 20, all.end()), Each(0));
}

TEST(Siglip, TheConfigurationSaysWhetherCaseMatters) {
  json config = config_of("siglip");
  config["do_lower_case"] = false;
  const auto cased = load("spiece.model", spiece_model(), config);
  const auto lowered = load("spiece.model", spiece_model(), json::object());
  ASSERT_TRUE(cased && lowered);
  EXPECT_NE(cased->encode("DOG"), cased->encode("dog"));
  EXPECT_EQ(lowered->encode("DOG"), lowered->encode("dog"));
}

// Field 3 once more, remove_extra_whitespaces = false: protocol buffers merge it into the first.
TEST(Siglip, ASpaceAloneBeforeASpecialTokenIsDropped) {
  const auto tokenizer = load("spiece.model", spiece_model() + std::string("\x1A\x02\x20\x00", 4), config_of("siglip"));
  ASSERT_NE(tokenizer, nullptr);
  const auto ids = tokenizer->encode("</s> dog");
  EXPECT_THAT(std::vector(ids.begin(), ids.begin() + 5), ElementsAre(1, 33, 149, 71, 1));
  EXPECT_THAT(tokenizer->encode(" "), testing::Contains(3));
}

TEST(Siglip2, TheConfigurationSaysWhetherCaseMattersAndWhatIsAdded) {
  json config = config_of("siglip2");
  config["do_lower_case"] = false;
  config["add_bos_token"] = true;
  config["add_eos_token"] = false;
  for (const auto& [name, bytes] :
       {std::pair{"tokenizer.json", tokenizer_json()}, {"tokenizer.model", tokenizer_model()}}) {
    const auto cased = load(name, bytes, config), lowered = load(name, bytes, json::object());
    ASSERT_TRUE(cased && lowered);
    EXPECT_NE(cased->encode("DOG"), cased->encode("dog"));
    EXPECT_EQ(lowered->encode("DOG"), lowered->encode("dog"));
    EXPECT_EQ(lowered->encode("DOG"), load(name, bytes, config_of("siglip2"))->encode("dog"));
    EXPECT_EQ(cased->encode("dog")[0], 2);
    EXPECT_THAT(cased->encode("dog"), testing::Not(testing::Contains(1)));
  }
}

TEST(Siglip2, ACharacterWithoutTokenAndBytesIsUnknownOnce) {
  json tokenizer = json::parse(tokenizer_json());
  tokenizer["model"]["byte_fallback"] = false;
  const auto loaded = load("tokenizer.json", tokenizer.dump(), config_of("siglip2"), 4);
  ASSERT_NE(loaded, nullptr);
  EXPECT_THAT(loaded->encode("\U0001F9FF\U0001F9FF"), ElementsAre(3, 1, 0, 0));
}

TEST(SentencePiece, DirectoriesWithoutTheFilesAndWrongKindsAreRefusedByName) {
  const TempDirectory empty;
  EXPECT_EQ(load_sentence_piece(empty.path()).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(load_sentence_piece(empty.path(), 1).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error_of("spiece.model", tokenizer_model()), HasSubstr("expected 1 (unigram), got 2"));
  EXPECT_THAT(error_of("tokenizer.model", spiece_model()), HasSubstr("expected 2 (byte-pair encoding), got 1"));
  EXPECT_THAT(error_of_json([](json& t) {
                t["model"] = {{"type", "Unigram"}, {"vocab", json::array({json::array({"a", -1.5})})}};
              }),
              HasSubstr("expected BPE, got Unigram"));
  const json left = {{"padding_side", "left"}};
  EXPECT_THAT(error_of("spiece.model", spiece_model(), left), HasSubstr("padding_side"));
  EXPECT_THAT(error_of("tokenizer.json", tokenizer_json(), left), HasSubstr("padding_side"));
  EXPECT_THAT(error_of("spiece.model", spiece_model(), {{"eos_token", "<nothing>"}}),
              HasSubstr("'<nothing>' is missing"));
}

TEST(Siglip2, DamagedTokenizerJsonIsNamedWithThePlace) {
  EXPECT_EQ(error_of_json([](json&) {}), "loaded");
  EXPECT_THAT(error_of_json([](json& t) { t["model"]["vocab"]["the"] = -4; }), HasSubstr("expected an integer"));
  EXPECT_THAT(error_of_json([](json& t) { t["model"]["vocab"]["the"] = 3000000000; }),
              HasSubstr("expected an integer"));
  EXPECT_THAT(error_of_json([](json& t) { t["model"]["vocab"]["new one"] = 99999; }), HasSubstr("outside 0 to 2600"));
  EXPECT_THAT(error_of_json([](json& t) { t["model"]["vocab"] = {"a"}; }), HasSubstr("'model.vocab' is no object"));
  EXPECT_THAT(error_of_json([](json& t) { t["model"]["merges"][7] = {"a", "?x?"}; }), HasSubstr("merge 8 ('a' '?x?')"));
  EXPECT_THAT(error_of_json([](json& t) { t["model"]["merges"][7] = "abc"; }), HasSubstr("merge 8"));
  EXPECT_THAT(error_of_json([](json& t) { t["model"]["ignore_merges"] = true; }), HasSubstr("ignore_merges"));
  EXPECT_THAT(error_of_json([](json& t) { t["normalizer"] = {{"type", "NFC"}}; }), HasSubstr("normalizer"));
  EXPECT_THAT(error_of_json([](json& t) { t["pre_tokenizer"]["pattern"]["String"] = "x"; }),
              HasSubstr("pre_tokenizer"));
  EXPECT_THAT(error_of_json([](json& t) { t["post_processor"]["type"] = "Sequence"; }), HasSubstr("post_processor"));
  EXPECT_THAT(error_of_json([](json& t) { t["added_tokens"][0]["id"] = 7; }), HasSubstr("added token '<pad>'"));
  EXPECT_THAT(error_of("tokenizer.json", R"({"model": {"vocab": {"a": 0}, "vocab": {"a": 0}}})"), HasSubstr("twice"));
  EXPECT_THAT(error_of("tokenizer.json", R"({"model": {"vocab": {"a": 0, "a": 1}}})"), HasSubstr("'a' appears twice"));
  EXPECT_THAT(error_of("tokenizer.json", R"({"model": {"vocab": {"\ud800x\q": 0}}})"), HasSubstr("unknown escape"));
  EXPECT_THAT(error_of("tokenizer.json", "{\"decoder\": " + std::string(100000, '[') + std::string(100000, ']') + "}"),
              HasSubstr("nested deeper"));
  EXPECT_THAT(error_of("tokenizer.json", std::string(100000, '{')), HasSubstr("no JSON"));
}

TEST(Siglip2, FilesOverTheirLimitAreNotRead) {
  for (const auto& [name, size] :
       {std::pair{"tokenizer.json", 64'000'001}, {"tokenizer.model", 32'000'001}, {"spiece.model", 32'000'001}}) {
    const TempDirectory directory;
    write(directory.path() / name, "{}");
    std::filesystem::resize_file(directory.path() / name, static_cast<std::uintmax_t>(size));
    EXPECT_EQ(load_sentence_piece(directory.path()).error().code(), ErrorCode::kResourceExhausted) << name;
  }
}

TEST(SentencePiece, TruncatedFilesAreErrors) {
  for (const auto& [name, bytes] :
       {std::pair{"spiece.model", spiece_model()}, {"tokenizer.model", tokenizer_model()}}) {
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 150) {
      EXPECT_NE(error_of(name, bytes.substr(0, size)), "loaded") << name << " " << size;
    }
    EXPECT_THAT(error_of(name, ""), HasSubstr("no pieces")) << name;
    EXPECT_NE(error_of(name, bytes.substr(0, bytes.size() - 1)), "loaded") << name;
  }
  const std::string text = tokenizer_json();
  for (std::size_t size = 0; size + 2 < text.size(); size += 1 + text.size() / 100) {
    EXPECT_NE(error_of("tokenizer.json", text.substr(0, size)), "loaded") << size;
  }
}

// Whatever one byte becomes, the file loads and encodes, or is refused by name; nothing is written to stderr.
TEST(SentencePiece, FilesWithOneByteFlippedLoadOrAreRefused) {
  std::mt19937 random(7);
  testing::internal::CaptureStderr();
  for (const auto& [name, bytes] : {std::pair{"spiece.model", spiece_model()},
                                    {"tokenizer.model", tokenizer_model()},
                                    {"tokenizer.json", tokenizer_json()}}) {
    const std::size_t rest = bytes.size() < 4000 ? 0 : bytes.size() - 4000;  // behind the pieces
    for (int i = 0; i < 400; ++i) {
      std::string damaged = bytes;
      const std::size_t at = i % 4 == 0 ? rest + random() % (bytes.size() - rest) : random() % bytes.size();
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
      EXPECT_FALSE(error_of(name, damaged).empty()) << name << " byte " << at;
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Siglip, ANormalizerTableThatLeadsOutsideIsRefused) {
  std::string bytes = spiece_model();
  const std::size_t spec = bytes.find("nmt_nfkc");
  ASSERT_NE(spec, std::string::npos);
  const std::size_t root = spec + 16;  // behind the name, the field's head and the size of the table
  int refused = 0;
  for (std::size_t at = root; at < root + 4000; at += 4) {
    std::string damaged = bytes;
    damaged.replace(at, 4, "\xFF\xFF\xFF\x7F");
    const std::string error = error_of("spiece.model", damaged);
    EXPECT_THAT(error, AnyOf("loaded", HasSubstr("precompiled_charsmap"), HasSubstr("spiece.model")));
    refused += error.find("precompiled_charsmap: unit") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(refused, 900);
}

TEST(SentencePiece, OneWordOf100KilobytesTakesNoQuadraticTime) {
  const auto siglip = load("spiece.model", spiece_model(), config_of("siglip"));
  const auto siglip2 = load("tokenizer.json", tokenizer_json(), config_of("siglip2"));
  ASSERT_TRUE(siglip && siglip2);
  for (const std::string unit : {"a", "ab", " ", "é", "\xE2\x96\x81", "</s>", "漢"}) {
    std::string word;
    while (word.size() < 100000) word += unit;
    EXPECT_LT(cpu_ms([&] { EXPECT_EQ(siglip->encode(word).size(), 64U); }), 200) << unit;
    EXPECT_LT(cpu_ms([&] { EXPECT_EQ(siglip2->encode(word).size(), 64U); }), 100) << unit;
  }
}

TEST(Siglip, AMegabyteOfUnknownCharactersIsCut) {
  const auto siglip = load("spiece.model", spiece_model(), config_of("siglip"));
  ASSERT_NE(siglip, nullptr);
  std::string text;
  while (text.size() < 1000000) text += "\u9F98";  // no piece has it
  EXPECT_LT(cpu_ms([&] { EXPECT_EQ(siglip->encode(text).size(), 64U); }), 300);
}

}  // namespace
}  // namespace glimpse::text
