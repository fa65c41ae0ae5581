#include "models/siglip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "models/goldens_for_tests.h"
#include "nn/reference_graph.h"

namespace glimpse::models {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kBlockTolerance = 1e-4;
constexpr double kCosine = 0.99999;

std::unique_ptr<DualEncoder> opened(const std::filesystem::path& path) {
  auto model = open_dual_encoder(path);
  if (!model) throw std::runtime_error(model.error().message());
  return *std::move(model);
}

void expect_stages(const nn::ReferenceGraph& g, const Goldens& goldens, const std::string& ours,
                   const std::string& theirs) {
  int compared = 0;
  for (const auto& [name, value] : g.marks()) {
    if (!name.starts_with(ours)) continue;
    const std::string golden = theirs + name.substr(ours.size());
    EXPECT_LT(greatest_difference(g.at(value).values, goldens.at(golden)), kBlockTolerance) << golden;
    ++compared;
  }
  EXPECT_EQ(compared, 4);  // embeddings, two blocks, pooled
}

TEST(Siglip, ReadsWhatTheDirectorySays) {
  const auto model = opened(model_data("tiny-siglip"));
  EXPECT_EQ(model->info().family, "siglip");
  EXPECT_EQ(model->info().embedding_dimension, 48);
  EXPECT_NEAR(model->info().logit_scale, 100, 1e-3);
  EXPECT_EQ(model->context_length(), 16);
  EXPECT_EQ(model->preprocess().mode, image::ResizeMode::kSquash);
  EXPECT_EQ(model->preprocess().crop_size, 32);
  EXPECT_FLOAT_EQ(model->preprocess().mean[0], 0.5f);
}

TEST(Siglip, PictureStagesEqualTheReference) {
  const Goldens goldens(model_data("tiny-siglip.goldens"));
  nn::ReferenceGraph g;
  const auto pixels = g.input({.shape = {3, 3, 32, 32}, .values = golden_pixels(3, 32)});
  const auto embedding = opened(model_data("tiny-siglip"))->image_forward(g, pixels);
  ASSERT_TRUE(embedding) << embedding.error().message();
  expect_stages(g, goldens, "vision.", "vision.");
  EXPECT_GT(worst_cosine(g.at(*embedding).values, goldens.at("vision.embedding"), 48), kCosine);
}

TEST(Siglip, SentenceStagesEqualTheReference) {
  const Goldens goldens(model_data("tiny-siglip.goldens"));
  for (int i = 0; i < 3; ++i) {
    const std::string golden = "text." + std::to_string(i) + ".";
    const auto ids = goldens.ids(golden + "ids");
    nn::ReferenceGraph g;
    const auto input = g.input({.shape = {1, 16}, .values = {ids.begin(), ids.end()}});
    const auto embedding = opened(model_data("tiny-siglip"))->text_forward(g, {.ids = input, .mask = std::nullopt});
    ASSERT_TRUE(embedding) << embedding.error().message();
    expect_stages(g, goldens, "text.", golden);
    EXPECT_GT(cosine(g.at(*embedding).values, goldens.at(golden + "embedding")), kCosine);
  }
}

TEST(Siglip, TheTokenizerFillsTheContext) {
  const auto model = opened(model_data("tiny-siglip"));
  const auto tokenizer = model->tokenizer();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message();
  EXPECT_EQ((*tokenizer)->vocabulary_size(), model->vocabulary_size());
  const auto ids = (*tokenizer)->encode("Black dog!");
  ASSERT_EQ(ids.size(), 16u);
  EXPECT_EQ(ids, (*tokenizer)->encode("black  dog"));
  EXPECT_EQ(ids.back(), 1);
  EXPECT_NE(ids, (*tokenizer)->encode("black cat"));
}

TEST(Siglip, ConfigurationErrorsComeTogether) {
  const TempDirectory temp;
  const auto directory = copied("tiny-siglip", temp.path());
  edit(directory / "config.json", "\"projection_size\": 48", "\"projection_size\": 32");
  edit(directory / "config.json", "\"vision_use_head\": true", "\"vision_use_head\": false");
  const auto model = open_dual_encoder(directory);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message(), AllOf(HasSubstr("projection_size"), HasSubstr("vision_use_head")));
}

}  // namespace
}  // namespace glimpse::models
