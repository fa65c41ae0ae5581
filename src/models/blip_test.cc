#include "models/blip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "models/goldens_for_tests.h"
#include "nn/reference_graph.h"

namespace glimpse::models {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kBlockTolerance = 1e-4;
constexpr double kCosine = 0.99999;
constexpr int kSentences = 4;

std::unique_ptr<DualEncoder> opened(const std::filesystem::path& path) {
  auto model = open_dual_encoder(path);
  if (!model) throw std::runtime_error(model.error().message());
  return *std::move(model);
}

/// Every stage that is marked under `ours` against the golden under `theirs`.
void expect_stages(const nn::ReferenceGraph& g, const Goldens& goldens, const std::string& ours,
                   const std::string& theirs, int expected) {
  int compared = 0;
  for (const auto& [name, value] : g.marks()) {
    if (!name.starts_with(ours)) continue;
    const std::string golden = theirs + name.substr(ours.size());
    EXPECT_LT(greatest_difference(g.at(value).values, goldens.at(golden)), kBlockTolerance) << golden;
    ++compared;
  }
  EXPECT_EQ(compared, expected);
}

TEST(Blip, ReadsWhatTheDirectorySays) {
  const auto model = opened(model_data("tiny-blip-itm"));
  EXPECT_EQ(model->info().family, "blip");
  EXPECT_EQ(model->info().embedding_dimension, 24);
  EXPECT_EQ(model->context_length(), 40);
  EXPECT_EQ(model->preprocess().mode, image::ResizeMode::kSquash);
  EXPECT_EQ(model->preprocess().crop_size, 32);
}

TEST(Blip, PictureStagesEqualTheReference) {
  const Goldens goldens(model_data("tiny-blip-itm.goldens"));
  nn::ReferenceGraph g;
  const auto pixels = g.input({.shape = {3, 3, 32, 32}, .values = golden_pixels(3, 32)});
  const auto embedding = opened(model_data("tiny-blip-itm"))->image_forward(g, pixels);
  ASSERT_TRUE(embedding) << embedding.error().message();
  expect_stages(g, goldens, "vision.", "vision.", 4);  // embeddings, two blocks, memory
  EXPECT_GT(worst_cosine(g.at(*embedding).values, goldens.at("vision.embedding"), 24), kCosine);
}

TEST(Blip, SentenceStagesEqualTheReference) {
  const Goldens goldens(model_data("tiny-blip-itm.goldens"));
  for (int i = 0; i < kSentences; ++i) {
    const std::string golden = "text." + std::to_string(i) + ".";
    const auto ids = goldens.ids(golden + "ids");
    nn::ReferenceGraph g;
    const auto input =
        g.input({.shape = {1, static_cast<std::int64_t>(ids.size())}, .values = {ids.begin(), ids.end()}});
    const auto embedding = opened(model_data("tiny-blip-itm"))->text_forward(g, {.ids = input, .mask = std::nullopt});
    ASSERT_TRUE(embedding) << embedding.error().message();
    expect_stages(g, goldens, "text.", golden, 2);
    EXPECT_GT(cosine(g.at(*embedding).values, goldens.at(golden + "embedding")), kCosine);
  }
}

TEST(Blip, WordsThatLookAtAPictureMatchAsInTheReference) {
  const Goldens goldens(model_data("tiny-blip-itm.goldens"));
  const auto model = opened(model_data("tiny-blip-itm"));
  const std::vector<float> memories = goldens.at("vision.memory"), expected = goldens.at("match");
  for (int sentence = 0; sentence < kSentences; ++sentence) {
    const auto ids = goldens.ids("text." + std::to_string(sentence) + ".ids");
    for (int picture = 0; picture < 3; ++picture) {
      nn::ReferenceGraph g;
      const auto own = memories.begin() + picture * 17 * 64;
      const auto memory = g.input({.shape = {1, 17, 64}, .values = {own, own + 17 * 64}});
      const auto row =
          g.input({.shape = {1, static_cast<std::int64_t>(ids.size())}, .values = {ids.begin(), ids.end()}});
      const auto match = model->matching()->match_forward(g, memory, row);
      ASSERT_TRUE(match) << match.error().message();
      ASSERT_EQ(g.at(*match).values.size(), 1u);
      EXPECT_NEAR(g.at(*match).values[0], expected[static_cast<std::size_t>(sentence * 3 + picture)], 1e-4);
    }
  }
}

TEST(Blip, PaddingChangesNothing) {
  const Goldens goldens(model_data("tiny-blip-itm.goldens"));
  auto ids = goldens.ids("text.1.ids");
  std::vector<float> mask(ids.size(), 1);
  ids.resize(20), mask.resize(20);
  nn::ReferenceGraph g;
  const auto row = g.input({.shape = {1, 20}, .values = {ids.begin(), ids.end()}});
  const auto embedding = opened(model_data("tiny-blip-itm"))
                             ->text_forward(g, {.ids = row, .mask = g.input({.shape = {1, 20}, .values = mask})});
  ASSERT_TRUE(embedding) << embedding.error().message();
  EXPECT_GT(cosine(g.at(*embedding).values, goldens.at("text.1.embedding")), kCosine);
}

TEST(Blip, WordsAreFramedAsBertFramesThem) {
  const auto tokenizer = opened(model_data("tiny-blip-itm"))->tokenizer();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message();
  EXPECT_THAT((*tokenizer)->encode("Black DOG"), ElementsAre(2, 57, 58, 3));
  EXPECT_EQ((*tokenizer)->encode(std::string(200, 'a') + " dog dog").size(), 5u);  // too long a word is unknown
}

TEST(Blip, WhatTheDecoderLooksAtAndSaysEqualsTheReference) {
  const Goldens goldens(model_data("tiny-blip-caption.goldens"));
  const auto model = opened(model_data("tiny-blip-caption"));
  const CaptionModel& captions = *model->captions();
  nn::ReferenceGraph pictures;
  const auto pixels = pictures.input({.shape = {5, 3, 32, 32}, .values = golden_pixels(5, 32)});
  const auto memory = captions.memory_forward(pictures, pixels);
  ASSERT_TRUE(memory) << memory.error().message();
  EXPECT_LT(greatest_difference(pictures.at(pictures.marks().at("vision.memory")).values, goldens.at("memory")),
            kBlockTolerance);
  ASSERT_EQ(captions.memory_tokens(), 2 * 2 * 17);
  for (int i = 0; i < 3; ++i) {
    const auto ids = goldens.ids("next." + std::to_string(i) + ".ids");
    nn::ReferenceGraph g;
    const auto& all = pictures.at(*memory).values;
    const auto first = g.input({.shape = {1, 68, 48}, .values = {all.begin(), all.begin() + 68 * 48}});
    const auto row = g.input({.shape = {1, static_cast<std::int64_t>(ids.size())}, .values = {ids.begin(), ids.end()}});
    const auto scores = captions.next_forward(g, first, row);
    ASSERT_TRUE(scores) << scores.error().message();
    EXPECT_LT(greatest_difference(g.at(*scores).values, goldens.at("next." + std::to_string(i))), 1e-3) << i;
  }
}

TEST(Blip, AModelThatWritesCaptionsHasNoEmbeddings) {
  const auto model = opened(model_data("tiny-blip-caption"));
  EXPECT_EQ(model->info().embedding_dimension, 0);
  nn::ReferenceGraph g;
  const auto embedding = model->image_forward(g, {});
  ASSERT_FALSE(embedding);
  EXPECT_EQ(embedding.error().code(), ErrorCode::kUnsupported);
}

TEST(Blip, AModelThatAnswersQuestionsIsRefused) {
  const TempDirectory temp;
  const auto directory = copied("tiny-blip-itm", temp.path());
  edit(directory / "config.json", "BlipForImageTextRetrieval", "BlipForQuestionAnswering");
  const auto model = open_dual_encoder(directory);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(model.error().message(), HasSubstr("BlipForQuestionAnswering"));
}

TEST(Blip, ConfigurationErrorsComeTogether) {
  const TempDirectory temp;
  const auto directory = copied("tiny-blip-itm", temp.path());
  edit(directory / "config.json", "\"is_decoder\": true", "\"is_decoder\": false");
  edit(directory / "config.json", "\"bos_token_id\": 61", "\"bos_token_id\": 63");
  const auto model = open_dual_encoder(directory);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message(), AllOf(HasSubstr("is_decoder"), HasSubstr("bos_token_id")));
}

}  // namespace
}  // namespace glimpse::models
