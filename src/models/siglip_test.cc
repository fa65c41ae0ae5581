#include "models/siglip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "models/goldens_for_tests.h"
#include "models/weights_file.h"
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

/// The weights of a model's directory as two files with an index; the last tensor is times `factor`.
void divide_weights(const std::filesystem::path& directory, float factor = 1) {
  const auto whole = checkpoint::open(model_data("tiny-siglip") / "model.safetensors");
  ASSERT_TRUE(whole) << whole.error().message();
  const auto tensors = (*whole)->tensors();
  std::vector<std::vector<float>> values;
  for (const auto& tensor : tensors) values.push_back(checkpoint::to_f32(tensor));
  for (float& value : values.back()) value *= factor;
  std::string map;
  std::vector<std::vector<checkpoint::TensorToWrite>> parts(2);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::size_t part = i % 2;
    parts[part].push_back({.name = tensors[i].name, .shape = tensors[i].shape, .values = values[i]});
    map += std::string(i == 0 ? "" : ",") + '"' + tensors[i].name + "\": \"" + std::to_string(part) + ".safetensors\"";
  }
  for (const std::size_t part : {0u, 1u}) {
    ASSERT_TRUE(checkpoint::write_safetensors(directory / (std::to_string(part) + ".safetensors"), parts[part]));
  }
  std::filesystem::remove(directory / "model.safetensors");
  std::ofstream(directory / "model.safetensors.index.json") << "{\"weight_map\": {" << map << "}}";
}

TEST(Siglip, WeightsMayComeInParts) {
  const TempDirectory temp;
  const auto directory = copied("tiny-siglip", temp.path());
  divide_weights(directory);
  const auto model = opened(directory);
  EXPECT_NEAR(model->info().logit_scale, 100, 1e-3);
  nn::ReferenceGraph g;
  const auto pixels = g.input({.shape = {3, 3, 32, 32}, .values = golden_pixels(3, 32)});
  const auto embedding = model->image_forward(g, pixels);
  ASSERT_TRUE(embedding) << embedding.error().message();
  const Goldens goldens(model_data("tiny-siglip.goldens"));
  EXPECT_GT(worst_cosine(g.at(*embedding).values, goldens.at("vision.embedding"), 48), kCosine);

  divide_weights(directory, /*factor=*/2);  // the index says the same as before
  EXPECT_NE(opened(directory)->info().fingerprint, model->info().fingerprint);
}

TEST(Siglip, TheBiasOfItsScoresIsRead) {
  EXPECT_NEAR(WeightsFile(model_data("tiny-siglip") / "model.safetensors").logit_bias().value(), -0.0507067, 1e-6);
  EXPECT_EQ(WeightsFile(model_data("tiny-clip") / "model.safetensors").logit_bias().value(), 0);
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
