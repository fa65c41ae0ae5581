// CLIP as open_clip and OpenAI publish it, against their own implementations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "image/decode.h"
#include "models/clip.h"
#include "models/goldens_for_tests.h"
#include "nn/reference_graph.h"

namespace glimpse::models {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kCosine = 0.99999;
namespace fs = std::filesystem;

std::unique_ptr<DualEncoder> opened(const fs::path& path, const OpenOptions& options = {}) {
  auto model = open_dual_encoder(path, options);
  if (!model) throw std::runtime_error(model.error().message());
  return *std::move(model);
}

std::string refusal(const fs::path& path, const OpenOptions& options = {}) {
  const auto model = open_dual_encoder(path, options);
  return model ? "accepted" : model.error().message();
}

/// Both towers against the embeddings that the goldens have under `prefix`.
void expect_embeddings(const DualEncoder& model, const Goldens& goldens, const std::string& prefix = "") {
  nn::ReferenceGraph pictures;
  const auto pixels = pictures.input({.shape = {3, 3, 32, 32}, .values = golden_pixels(3, 32)});
  const auto picture = model.image_forward(pictures, pixels);
  ASSERT_TRUE(picture) << picture.error().message();
  EXPECT_GT(worst_cosine(pictures.at(*picture).values, goldens.at(prefix + "vision.embedding"), 32), kCosine);
  for (int i = 0; i < 3; ++i) {
    const std::string golden = "text." + std::to_string(i) + ".";
    const auto ids = goldens.ids(golden + "ids");
    nn::ReferenceGraph words;
    const auto input =
        words.input({.shape = {1, static_cast<std::int64_t>(ids.size())}, .values = {ids.begin(), ids.end()}});
    const auto sentence = model.text_forward(words, {.ids = input, .mask = std::nullopt});
    ASSERT_TRUE(sentence) << sentence.error().message();
    EXPECT_GT(cosine(words.at(*sentence).values, goldens.at(prefix + golden + "embedding")), kCosine) << golden;
  }
}

TEST(OpenClip, ADirectoryEqualsItsReference) {
  const auto model = opened(model_data("tiny-open-clip"));
  EXPECT_EQ(model->info().family, "clip");
  EXPECT_EQ(model->info().name, "tiny-open-clip");
  EXPECT_EQ(model->info().embedding_dimension, 32);
  EXPECT_NEAR(model->info().logit_scale, 50, 1e-3);
  EXPECT_EQ(model->context_length(), 77);
  expect_embeddings(*model, Goldens(model_data("tiny-open-clip.goldens")));
}

TEST(OpenClip, QuickGeluIsReadFromTheConfiguration) {
  const TempDirectory temp;
  const auto directory = copied("tiny-open-clip", temp.path());
  edit(directory / "open_clip_config.json", "\"quick_gelu\": false", "\"quick_gelu\": true");
  expect_embeddings(*opened(directory), Goldens(model_data("tiny-open-clip.goldens")), "quick.");
}

TEST(OpenClip, AWordsTowerOfItsOwnIsFoundBehindItsPrefix) {
  const TempDirectory temp;
  const auto directory = copied("tiny-open-clip", temp.path());
  fs::remove(directory / "open_clip_model.safetensors");
  fs::copy(model_data("tiny-open-clip-custom.bin"), directory / "open_clip_pytorch_model.bin");
  expect_embeddings(*opened(directory), Goldens(model_data("tiny-open-clip.goldens")), "custom.");
}

// The centre crop begins at the nearest integer, where transformers' begins at the floor: in the last picture, at 10 of
// 19 / 2.
TEST(OpenClip, PicturesArePreparedAsItsTransformDoes) {
  const auto model = opened(model_data("tiny-open-clip"));
  const Goldens goldens(model_data("tiny-open-clip.goldens"));
  for (const std::string name : {"landscape.jpg", "odd_17x13.jpg", "portrait.jpg", "orientation_1.jpg"}) {
    std::ifstream file(fs::path(GLIMPSE_TEST_DATA) / "image/samples" / name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    const auto decoded = image::decode(std::as_bytes(std::span(bytes)));
    ASSERT_TRUE(decoded) << decoded.error().message();
    std::vector<float> pixels(3 * 32 * 32);
    ASSERT_TRUE(image::preprocess(decoded->image, model->preprocess(), pixels));
    EXPECT_LT(greatest_difference(pixels, goldens.at("pixels." + name)), 1e-5) << name;
  }
}

TEST(OpenClip, AFineTunedStateDictMayBeInTheOtherSpelling) {
  const TempDirectory temp;
  const auto directory = copied("tiny-open-clip", temp.path());
  fs::copy(model_data("tiny-open-clip-custom.bin"), temp.path() / "tuned.pt");
  const auto model = opened(directory, {.params_path = temp.path() / "tuned.pt"});
  EXPECT_NE(model->info().fingerprint, opened(directory)->info().fingerprint);
  expect_embeddings(*model, Goldens(model_data("tiny-open-clip.goldens")), "custom.");
}

TEST(OpenClip, WhatItCannotRunIsRefusedByItsKey) {
  const TempDirectory temp;
  const auto directory = copied("tiny-open-clip", temp.path());
  const fs::path config = directory / "open_clip_config.json";
  edit(config, "\"patch_size\": 8", "\"patch_size\": 8, \"timm_model_name\": \"fastvit_mci0\"");
  edit(config, "\"vocab_size\": 521",
       "\"vocab_size\": 521, \"hf_model_name\": \"xlm-roberta-base\", \"qk_norm\": true");
  EXPECT_THAT(refusal(directory),
              AllOf(HasSubstr("open_clip_config.json"), HasSubstr("fastvit_mci0"), HasSubstr("MobileCLIP"),
                    HasSubstr("xlm-roberta-base"), HasSubstr("text_cfg.qk_norm")));
}

/// The configuration that open_clip itself has for a model name, as a directory would have it.
Result<ClipConfig> published_config(const std::string& name) {
  const TempDirectory temp;
  fs::path configs;
  for (const auto& entry : fs::directory_iterator(fs::path(GLIMPSE_DEPS_DIR) / "python/lib")) {
    const auto candidate = entry.path() / "site-packages/open_clip/model_configs";
    if (fs::exists(candidate)) configs = candidate;
  }
  std::ifstream file(configs / (name + ".json"));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::ofstream(temp.path() / "c.json") << "{\"model_cfg\": " << text << "}";
  GLIMPSE_ASSIGN_OR_RETURN(ConfigReader reader, ConfigReader::open(temp.path() / "c.json"));
  const ClipConfig config = read_open_clip(reader);
  GLIMPSE_RETURN_IF_ERROR(reader.check());
  return config;
}

std::int64_t parameters(const ClipConfig& config) {
  std::int64_t count = 1;  // logit_scale
  for (const auto& specs : {vision_tensor_specs(config), text_tensor_specs(config)}) {
    for (const auto& spec : specs) count += checkpoint::element_count(spec.shape);
  }
  return count;
}

// Counted by open_clip: sum(p.numel() for p in create_model(name).parameters()).
TEST(OpenClip, PublishedConfigurationsGiveModelsOfTheirSize) {
  const std::vector<std::pair<std::string, std::int64_t>> kModels = {
      {"ViT-B-32", 151277313},           {"ViT-B-32-quickgelu", 151277313},
      {"ViT-B-32-256", 151288833},       {"ViT-B-16", 149620737},
      {"ViT-L-14", 427616513},           {"ViT-L-14-336", 427944193},
      {"ViT-L-14-quickgelu", 427616513}, {"ViT-H-14", 986109441},
      {"ViT-B-16-plus-240", 208377345},  {"ViT-H-14-378-quickgelu", 986714881},
      {"ViT-g-14", 1366678273},          {"ViT-bigG-14", 2539567105}};
  for (const auto& [name, count] : kModels) {
    const auto config = published_config(name);
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(parameters(*config), count) << name;
    const bool quick = name.ends_with("quickgelu");
    EXPECT_EQ(config->text.activation, quick ? nn::Activation::kQuickGelu : nn::Activation::kGelu) << name;
  }
  for (const std::string name :
       {"RN50", "MobileCLIP-S1", "MobileCLIP2-S0", "convnext_base", "EVA02-B-16", "xlm-roberta-base-ViT-B-32",
        "ViT-B-16-SigLIP", "ViT-L-14-CLIPA", "ViT-H-14-worldwide"}) {
    EXPECT_EQ(published_config(name).error().code(), ErrorCode::kCorruption) << name;
  }
}

TEST(OpenClip, AResNetIsRefused) {
  const TempDirectory temp;
  const auto directory = copied("tiny-open-clip", temp.path());
  edit(directory / "open_clip_config.json", "\"layers\": 2", "\"layers\": [3, 4, 6, 3]");
  EXPECT_THAT(refusal(directory), AllOf(HasSubstr("ResNet"), HasSubstr("vision_cfg.layers")));
}

TEST(OpenClip, WithoutATokenizerTheSharedMergesServe) {
  const TempDirectory temp;
  const auto directory = copied("tiny-open-clip", temp.path());
  const fs::path merges = temp.path() / "shared.txt.gz";
  fs::rename(directory / "bpe_simple_vocab_16e6.txt.gz", merges);
  EXPECT_THAT(refusal(directory), HasSubstr("no tokenizer"));
  const auto tokenizer = opened(directory, {.clip_merges = merges})->tokenizer();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message();
  EXPECT_THAT((*tokenizer)->encode("black dog"), ::testing::ElementsAre(519, 515, 517, 520));
}

TEST(OpenAi, AnArchiveEqualsItsReference) {
  for (const char* path : {"tiny-openai", "tiny-openai/ViT-tiny.pt"}) {
    const auto model = opened(model_data(path));
    EXPECT_EQ(model->info().name, "ViT-tiny");
    EXPECT_EQ(model->info().embedding_dimension, 32);
    EXPECT_NEAR(model->info().logit_scale, 100, 0.1);  // stored in half precision
    EXPECT_EQ(model->preprocess().crop_size, 32);
    expect_embeddings(*model, Goldens(model_data("tiny-openai.goldens")));
  }
}

TEST(OpenAi, WhatIsNoClipIsRefused) {
  EXPECT_THAT(refusal(model_data("tiny-clip-params.pt")),
              AllOf(HasSubstr("tiny-clip-params.pt"), HasSubstr("'visual.conv1.weight' is missing")));
}

}  // namespace
}  // namespace glimpse::models
