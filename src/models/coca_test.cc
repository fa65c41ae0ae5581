#include "models/coca.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "models/goldens_for_tests.h"
#include "models/weights_file.h"
#include "nn/reference_graph.h"

namespace glimpse::models {
namespace {

using ::testing::HasSubstr;

constexpr double kCosine = 0.99999;
constexpr int kContext = 76;

std::unique_ptr<DualEncoder> opened(const std::filesystem::path& path) {
  auto model = open_dual_encoder(path);
  if (!model) throw std::runtime_error(model.error().message());
  return *std::move(model);
}

CocaConfig tiny_config() {
  auto reader = ConfigReader::open(model_data("tiny-coca/open_clip_config.json"));
  const CocaConfig config = read_coca(*reader);
  if (const auto good = reader->check(); !good) throw std::runtime_error(good.error().message());
  return config;
}

std::shared_ptr<const checkpoint::Weights> tiny_weights(const std::vector<checkpoint::TensorSpec>& specs) {
  auto weights = WeightsFile(model_data("tiny-coca/open_clip_pytorch_model.bin")).bind(specs, {"*"});
  if (!weights) throw std::runtime_error(weights.error().message());
  return *std::move(weights);
}

nn::Value ids_of(nn::ReferenceGraph& g, const std::vector<text::TokenId>& ids) {
  return g.input({.shape = {1, static_cast<std::int64_t>(ids.size())}, .values = {ids.begin(), ids.end()}});
}

TEST(Coca, ReadsWhatTheDirectorySays) {
  const auto model = opened(model_data("tiny-coca"));
  EXPECT_EQ(model->info().family, "coca");
  EXPECT_EQ(model->info().embedding_dimension, 48);
  EXPECT_EQ(model->context_length(), kContext);
  EXPECT_EQ(model->preprocess().crop_size, 32);
}

TEST(Coca, PicturesEqualTheReference) {
  const Goldens goldens(model_data("tiny-coca.goldens"));
  nn::ReferenceGraph g;
  const auto pixels = g.input({.shape = {3, 3, 32, 32}, .values = golden_pixels(3, 32)});
  const auto embedding = opened(model_data("tiny-coca"))->image_forward(g, pixels);
  ASSERT_TRUE(embedding) << embedding.error().message();
  EXPECT_GT(worst_cosine(g.at(*embedding).values, goldens.at("vision.embedding"), 48), kCosine);
}

// The fourth sentence has the id of padding in its midst.
TEST(Coca, SentencesWithOneTokenOfPaddingEqualThePaddedReference) {
  const Goldens goldens(model_data("tiny-coca.goldens"));
  for (int i = 0; i < 4; ++i) {
    const std::string golden = "text." + std::to_string(i) + ".";
    auto ids = goldens.ids(golden + "ids");
    if (ids.size() < kContext) ids.push_back(0);
    nn::ReferenceGraph g;
    const auto embedding =
        opened(model_data("tiny-coca"))->text_forward(g, {.ids = ids_of(g, ids), .mask = std::nullopt});
    ASSERT_TRUE(embedding) << embedding.error().message();
    EXPECT_GT(cosine(g.at(*embedding).values, goldens.at(golden + "embedding")), kCosine) << i;
  }
}

TEST(Coca, TheTokenizerAddsThePaddingThatTheTowerNeeds) {
  const auto tokenizer = opened(model_data("tiny-coca"))->tokenizer();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message();
  EXPECT_THAT((*tokenizer)->encode("black dog"), ::testing::ElementsAre(519, 515, 517, 520, 0));
  std::string words;
  for (int i = 0; i < 100; ++i) words += "dog ";
  const auto ids = (*tokenizer)->encode(words);
  ASSERT_EQ(ids.size(), static_cast<std::size_t>(kContext));
  EXPECT_EQ(ids.back(), 520);
}

TEST(Coca, WhatTheDecoderLooksAtAndSaysEqualsTheReference) {
  const Goldens goldens(model_data("tiny-coca.goldens"));
  const CocaConfig config = tiny_config();
  nn::ReferenceGraph pictures;
  const auto pixels = pictures.input({.shape = {3, 3, 32, 32}, .values = golden_pixels(3, 32)});
  const auto memory = CocaVision(config, *tiny_weights(coca_vision_specs(config))).memory(pictures, pixels);
  EXPECT_LT(greatest_difference(pictures.at(memory).values, goldens.at("memory")), 1e-4);

  const auto words = tiny_weights(coca_text_specs(config)), decoder = tiny_weights(coca_decoder_specs(config));
  for (int i = 0; i < 4; ++i) {
    auto ids = goldens.ids("text." + std::to_string(i) + ".ids");
    ids.resize(std::min<std::size_t>(ids.size(), 20));
    nn::ReferenceGraph g;
    const std::vector<float> all = goldens.at("memory");
    const auto first = g.input({.shape = {1, 15, 48}, .values = {all.begin(), all.begin() + 15 * 48}});
    const auto said = CocaText(config, *words).said(g, ids_of(g, ids));
    const CocaDecoder writer(config, *decoder);
    const auto scores = writer.forward(g, writer.looked(g, first), said);
    EXPECT_LT(greatest_difference(g.at(scores).values, goldens.at("next." + std::to_string(i))), 1e-3) << i;
  }
}

TEST(Coca, TowersOfDifferentWidthsAreRefused) {
  const TempDirectory temp;
  const auto directory = copied("tiny-coca", temp.path());
  edit(directory / "open_clip_config.json", "\"embed_dim\": 48", "\"embed_dim\": 64");
  const auto model = open_dual_encoder(directory);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message(), HasSubstr("expected one width"));
}

}  // namespace
}  // namespace glimpse::models
