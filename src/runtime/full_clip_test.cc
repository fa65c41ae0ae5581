// A full-size CLIP ViT-B/32 against CLIPModel. Its weights are a formula, which tools/goldens/models.py has too, so
// that 600 MB need not be committed; they are written to a temporary directory.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/temp_directory.h"
#include "checkpoint/checkpoint.h"
#include "models/clip.h"
#include "models/goldens_for_tests.h"
#include "runtime/towers.h"

namespace glimpse::runtime {
namespace {

namespace fs = std::filesystem;

/// models.py's hashed(): uniform, variance 1.
double hashed(std::uint32_t seed, std::uint32_t position) {
  std::uint32_t h = position * 0x9E3779B1u + seed;
  h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
  h = (h ^ (h >> 13)) * 0xC2B2AE35u;
  h = h ^ (h >> 16);
  return (static_cast<double>(h >> 8) / (1 << 23) - 1) * std::sqrt(3.0);
}

/// models.py's hashed_weight().
std::vector<float> weight(std::string_view name, const checkpoint::Shape& shape) {
  std::uint32_t seed = 0x811C9DC5;
  for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 0x01000193u;
  const auto has = [&](std::string_view part) { return name.find(part) != name.npos; };
  double factor = 1, base = 0;
  if (has("norm") && name.ends_with("weight")) {
    factor = 0.2;
    base = 1;
  } else if (name.ends_with("bias")) {
    factor = 0.05;
  } else if (has("embedding") && !has("patch")) {
    factor = 0.3;
  } else {
    factor = 1 / std::sqrt(static_cast<double>(checkpoint::element_count(shape) / shape[0]));
  }
  std::vector<float> values(static_cast<std::size_t>(checkpoint::element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(base + factor * hashed(seed, static_cast<std::uint32_t>(i)));
  }
  return values;
}

void write_weights(const fs::path& directory) {
  auto reader = models::ConfigReader::open(directory / "config.json");
  ASSERT_TRUE(reader);
  const models::ClipConfig config = models::read_clip(*reader);
  auto specs = models::vision_tensor_specs(config);
  for (auto& spec : models::text_tensor_specs(config)) specs.push_back(std::move(spec));
  std::vector<std::vector<float>> values;
  std::vector<checkpoint::TensorToWrite> tensors;
  for (const auto& spec : specs) values.push_back(weight(spec.name, spec.shape));
  for (std::size_t i = 0; i < specs.size(); ++i) {
    tensors.push_back({.name = specs[i].name, .shape = specs[i].shape, .values = values[i]});
  }
  const std::vector<float> logit_scale = {std::log(100.0f)};
  tensors.push_back({.name = "logit_scale", .shape = {}, .values = logit_scale});
  ASSERT_TRUE(checkpoint::write_safetensors(directory / "model.safetensors", tensors));
}

TEST(FullClip, EqualsTheReference) {
  const TempDirectory temp;
  const fs::path directory = models::copied("full-clip", temp.path());
  write_weights(directory);
  const auto model = models::open_dual_encoder(directory);
  ASSERT_TRUE(model) << model.error().message();
  const models::Goldens goldens(models::model_data("full-clip.goldens"));
  for (const auto& [precision, floor] : {std::pair(Precision::kF32, 0.99999), std::pair(Precision::kBf16, 0.999)}) {
    const RuntimeOptions options{.precision = precision, .cache_dir = {}};
    const auto pictures = ImageTower::compile(**model, options);
    ASSERT_TRUE(pictures) << pictures.error().message();
    std::vector<float> embeddings(4 * 512);
    ASSERT_TRUE((*pictures)->run(models::golden_pixels(4, 224), 4, embeddings));
    const double worst = models::worst_cosine(embeddings, goldens.at("vision.embedding"), 512);
    EXPECT_GT(worst, floor);
    const auto words = TextTower::compile(**model, options);
    ASSERT_TRUE(words) << words.error().message();
    double worst_words = 1;
    for (int i = 0; i < 4; ++i) {
      const std::string golden = "text." + std::to_string(i) + ".";
      const auto embedding = (*words)->run(goldens.ids(golden + "ids"));
      ASSERT_TRUE(embedding) << embedding.error().message();
      worst_words = std::min(worst_words, models::cosine(*embedding, goldens.at(golden + "embedding")));
    }
    EXPECT_GT(worst_words, floor);
    std::printf("%s: worst cosine pictures %.7f, words %.7f\n", std::string(name_of(precision)).c_str(), worst,
                worst_words);
  }
}

}  // namespace
}  // namespace glimpse::runtime
