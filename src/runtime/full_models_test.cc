// Full-size models, one a family, against their references: CLIP ViT-B/32, SigLIP B/16, CoCa ViT-B-32, BLIP base. Their
// weights are a formula, which tools/goldens/models.py has too, so that 4.5 GB need not be committed; they are written
// to a temporary directory.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

#include "base/temp_directory.h"
#include "checkpoint/checkpoint.h"
#include "models/blip.h"
#include "models/clip.h"
#include "models/coca.h"
#include "models/goldens_for_tests.h"
#include "models/siglip.h"
#include "runtime/captioner.h"
#include "runtime/matcher.h"
#include "runtime/published_layout_for_tests.h"
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
  if ((has("norm") || has("Norm") || has("ln_")) && name.ends_with("weight")) {
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

void write_weights(const std::vector<std::vector<checkpoint::TensorSpec>>& parts, bool under_our_names,
                   const fs::path& file, bool with_logit_scale = true) {
  std::map<std::string, checkpoint::Shape> shapes;
  for (const auto& specs : parts) {
    for (const auto& spec : specs) {
      auto whole = published(spec, under_our_names);
      shapes.emplace(std::move(whole.name), std::move(whole.shape));
    }
  }
  std::vector<std::vector<float>> values;
  std::vector<checkpoint::TensorToWrite> tensors;
  for (const auto& [name, shape] : shapes) values.push_back(weight(name, shape));
  for (const auto& [name, shape] : shapes)
    tensors.push_back({.name = name, .shape = shape, .values = values[tensors.size()]});
  const std::vector<float> logit_scale = {std::log(100.0f)};
  if (with_logit_scale) tensors.push_back({.name = "logit_scale", .shape = {}, .values = logit_scale});
  ASSERT_TRUE(checkpoint::write_safetensors(file, tensors));
}

/// Both towers in f32 and bf16 against the goldens; `padded_below`: shorter sentences get one token of padding.
void expect_goldens(const models::DualEncoder& model, const models::Goldens& goldens, std::size_t padded_below = 0) {
  const auto width = static_cast<std::size_t>(model.info().embedding_dimension);
  for (const auto& [precision, floor] : {std::pair(Precision::kF32, 0.99999), std::pair(Precision::kBf16, 0.999)}) {
    const RuntimeOptions options{.precision = precision, .cache_dir = {}};
    const auto pictures = ImageTower::compile(model, options);
    ASSERT_TRUE(pictures) << pictures.error().message();
    std::vector<float> embeddings(4 * width);
    ASSERT_TRUE((*pictures)->run(models::golden_pixels(4, model.preprocess().crop_size), 4, embeddings));
    const double worst = models::worst_cosine(embeddings, goldens.at("vision.embedding"), width);
    EXPECT_GT(worst, floor);
    const auto words = TextTower::compile(model, options);
    ASSERT_TRUE(words) << words.error().message();
    double worst_words = 1;
    for (int i = 0; i < 4; ++i) {
      const std::string golden = "text." + std::to_string(i) + ".";
      auto ids = goldens.ids(golden + "ids");
      if (ids.size() < padded_below) ids.push_back(0);
      const auto embedding = (*words)->run(ids);
      ASSERT_TRUE(embedding) << embedding.error().message();
      worst_words = std::min(worst_words, models::cosine(*embedding, goldens.at(golden + "embedding")));
    }
    EXPECT_GT(worst_words, floor);
    std::printf("%s: worst cosine pictures %.7f, words %.7f\n", std::string(name_of(precision)).c_str(), worst,
                worst_words);
  }
}

std::unique_ptr<models::DualEncoder> opened(const fs::path& directory) {
  auto model = models::open_dual_encoder(directory);
  if (!model) throw std::runtime_error(model.error().message());
  return *std::move(model);
}

template <typename Config>
Config config_of(const fs::path& file, Config (*read)(models::ConfigReader&)) {
  auto reader = models::ConfigReader::open(file);
  if (!reader) throw std::runtime_error(reader.error().message());
  return read(*reader);
}

/// Scores of the token that follows, for the first picture.
void expect_next_scores(const models::DualEncoder& model, const models::Goldens& goldens) {
  const auto captioner = Captioner::compile(model, {});
  ASSERT_TRUE(captioner) << captioner.error().message();
  const auto memory = (*captioner)->look(models::golden_pixels(1, model.preprocess().crop_size));
  ASSERT_TRUE(memory) << memory.error().message();
  const auto scores = (*captioner)->next(*memory, goldens.ids("next.ids"), 1);
  ASSERT_TRUE(scores) << scores.error().message();
  EXPECT_GT(models::cosine(*scores, goldens.at("next.scores")), 0.99999);
  EXPECT_LT(models::greatest_difference(*scores, goldens.at("next.scores")), 1e-2);
}

TEST(FullClip, EqualsTheReference) {
  const TempDirectory temp;
  const fs::path directory = models::copied("full-clip", temp.path());
  const auto config = config_of(directory / "config.json", &models::read_clip);
  write_weights({models::vision_tensor_specs(config), models::text_tensor_specs(config)}, true,
                directory / "model.safetensors");
  expect_goldens(*opened(directory), models::Goldens(models::model_data("full-clip.goldens")));
}

TEST(FullSiglip, EqualsTheReference) {
  const TempDirectory temp;
  const fs::path directory = models::copied("full-siglip", temp.path());
  const auto config = config_of(directory / "config.json", &models::read_siglip);
  write_weights({models::siglip_vision_specs(config), models::siglip_text_specs(config)}, false,
                directory / "model.safetensors");
  expect_goldens(*opened(directory), models::Goldens(models::model_data("full-siglip.goldens")));
}

TEST(FullCoca, EqualsTheReference) {
  const TempDirectory temp;
  const fs::path directory = models::copied("full-coca", temp.path());
  fs::copy(models::model_data("tiny-coca/bpe_simple_vocab_16e6.txt.gz"), directory);  // looked for, not read
  const auto config = config_of(directory / "open_clip_config.json", &models::read_coca);
  write_weights(
      {models::coca_vision_specs(config), models::coca_text_specs(config), models::coca_decoder_specs(config)}, false,
      directory / "open_clip_model.safetensors");
  const auto model = opened(directory);
  const models::Goldens goldens(models::model_data("full-coca.goldens"));
  expect_goldens(*model, goldens, 76);

  expect_next_scores(*model, goldens);
}

TEST(FullBlip, EqualsTheReference) {
  const TempDirectory temp;
  const fs::path directory = models::copied("full-blip", temp.path());
  const auto config = config_of(directory / "config.json", &models::read_blip);
  write_weights({models::blip_vision_specs(config), models::blip_text_specs(config, models::kBlipEncoder),
                 models::blip_head_specs(config)},
                false, directory / "model.safetensors", /*with_logit_scale=*/false);
  const auto model = opened(directory);
  const models::Goldens goldens(models::model_data("full-blip.goldens"));
  expect_goldens(*model, goldens);

  const auto pixels = models::golden_pixels(1, 384);
  for (const auto& [precision, most] : {std::pair(Precision::kF32, 1e-4f), std::pair(Precision::kBf16, 0.03f)}) {
    const auto matcher = Matcher::compile(*model, {.precision = precision, .cache_dir = {}});
    ASSERT_TRUE(matcher) << matcher.error().message();
    const auto memory = (*matcher)->look(pixels);
    ASSERT_TRUE(memory) << memory.error().message();
    float worst = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto match = (*matcher)->match(*memory, goldens.ids("text." + std::to_string(i) + ".ids"));
      ASSERT_TRUE(match) << match.error().message();
      worst = std::max(worst, std::abs(*match - goldens.at("match")[i]));
    }
    EXPECT_LT(worst, most);
    std::printf("%s: worst difference of a probability %.6f\n", std::string(name_of(precision)).c_str(), worst);
  }
}

TEST(FullBlip, WritesWhatTheReferenceWrites) {
  const TempDirectory temp;
  const fs::path directory = models::copied("full-blip", temp.path());
  models::edit(directory / "config.json", "BlipForImageTextRetrieval", "BlipForConditionalGeneration");
  const auto config = config_of(directory / "config.json", &models::read_blip);
  write_weights({models::blip_vision_specs(config), models::blip_text_specs(config, models::kBlipDecoder),
                 models::blip_writer_specs(config)},
                false, directory / "model.safetensors", /*with_logit_scale=*/false);
  expect_next_scores(*opened(directory), models::Goldens(models::model_data("full-blip.goldens")));
}

}  // namespace
}  // namespace glimpse::runtime
