#include "models/clip.h"

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

std::unique_ptr<DualEncoder> opened(const std::filesystem::path& directory, const OpenOptions& options = {}) {
  auto model = open_dual_encoder(directory, options);
  if (!model) throw std::runtime_error(model.error().message());
  return *std::move(model);
}

nn::Value pixels_of(nn::ReferenceGraph& g, int count, int size) {
  return g.input({.shape = {count, 3, size, size}, .values = golden_pixels(count, size)});
}

nn::Value ids_of(nn::ReferenceGraph& g, const std::vector<text::TokenId>& ids) {
  return g.input({.shape = {1, static_cast<std::int64_t>(ids.size())}, .values = {ids.begin(), ids.end()}});
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
  EXPECT_EQ(compared, 5);  // embeddings, two blocks, pooled, projected
}

TEST(Clip, ReadsWhatTheDirectorySays) {
  const auto model = opened(model_data("tiny-clip"));
  EXPECT_EQ(model->info().family, "clip");
  EXPECT_EQ(model->info().name, "tiny-clip");
  EXPECT_EQ(model->info().embedding_dimension, 32);
  EXPECT_NEAR(model->info().logit_scale, 100, 1e-3);
  EXPECT_EQ(model->info().fingerprint.size(), 32u);
  EXPECT_EQ(model->context_length(), 77);
  EXPECT_EQ(model->preprocess().mode, image::ResizeMode::kShortestEdgeCenterCrop);
  EXPECT_EQ(model->preprocess().filter, image::ResizeFilter::kBicubic);
  EXPECT_EQ(model->preprocess().crop_size, 32);
  EXPECT_FLOAT_EQ(model->preprocess().mean[2], 0.40821073f);
}

TEST(Clip, PictureStagesEqualTheReference) {
  const Goldens goldens(model_data("tiny-clip.goldens"));
  nn::ReferenceGraph g;
  const auto embedding = opened(model_data("tiny-clip"))->image_forward(g, pixels_of(g, 3, 32));
  ASSERT_TRUE(embedding) << embedding.error().message();
  expect_stages(g, goldens, "vision.", "vision.");
  EXPECT_GT(worst_cosine(g.at(*embedding).values, goldens.at("vision.embedding"), 32), kCosine);
}

// The reference pads to 77 tokens; ours does not.
TEST(Clip, SentenceStagesEqualThePaddedReference) {
  const Goldens goldens(model_data("tiny-clip.goldens"));
  for (int i = 0; i < 4; ++i) {
    nn::ReferenceGraph g;
    const std::string golden = "text." + std::to_string(i) + ".";
    const TextInput input{.ids = ids_of(g, goldens.ids(golden + "ids")), .mask = std::nullopt};
    const auto embedding = opened(model_data("tiny-clip"))->text_forward(g, input);
    ASSERT_TRUE(embedding) << embedding.error().message();
    expect_stages(g, goldens, "text.", golden);
    EXPECT_GT(cosine(g.at(*embedding).values, goldens.at(golden + "embedding")), kCosine);
  }
}

TEST(Clip, PaddingAfterTheEndTokenChangesNothing) {
  const Goldens goldens(model_data("tiny-clip.goldens"));
  std::vector<text::TokenId> ids = goldens.ids("text.1.ids");
  ids.resize(15, ids.back());
  nn::ReferenceGraph g;
  const auto embedding =
      opened(model_data("tiny-clip"))->text_forward(g, {.ids = ids_of(g, ids), .mask = std::nullopt});
  ASSERT_TRUE(embedding);
  EXPECT_GT(cosine(g.at(*embedding).values, goldens.at("text.1.embedding")), kCosine);
}

TEST(Clip, EarlyEosTokenIdMeansTheGreatestId) {
  const TempDirectory temp;
  const auto directory = copied("tiny-clip", temp.path());
  edit(directory / "config.json", "\"eos_token_id\": 520", "\"eos_token_id\": 2");
  edit(directory / "config.json", "\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"gelu\"");
  edit(directory / "config.json", "\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"gelu\"");
  const Goldens goldens(model_data("tiny-clip.goldens"));
  const auto model = opened(directory);
  nn::ReferenceGraph g;
  const auto words = model->text_forward(g, {.ids = ids_of(g, goldens.ids("text.1.ids")), .mask = std::nullopt});
  const auto picture = model->image_forward(g, pixels_of(g, 3, 32));
  ASSERT_TRUE(words && picture);
  EXPECT_GT(cosine(g.at(*words).values, goldens.at("gelu.text.embedding")), kCosine);
  EXPECT_GT(worst_cosine(g.at(*picture).values, goldens.at("gelu.vision.embedding"), 32), kCosine);
}

TEST(Clip, ASentenceIsReadOutAtTheFirstEndToken) {
  const TempDirectory temp;
  const auto directory = copied("tiny-clip", temp.path());
  edit(directory / "config.json", "\"eos_token_id\": 520", "\"eos_token_id\": 300");
  const Goldens goldens(model_data("tiny-clip.goldens"));
  nn::ReferenceGraph g;
  const auto words =
      opened(directory)->text_forward(g, {.ids = ids_of(g, goldens.ids("eos300.ids")), .mask = std::nullopt});
  ASSERT_TRUE(words) << words.error().message();
  EXPECT_GT(cosine(g.at(*words).values, goldens.at("eos300.embedding")), kCosine);
}

TEST(Clip, AStateDictReplacesTensors) {
  const Goldens goldens(model_data("tiny-clip.goldens"));
  const auto original = opened(model_data("tiny-clip"));
  const auto model =
      opened(model_data("tiny-clip"), {.params_path = model_data("tiny-clip-params.pt"), .cache_dir = {}});
  EXPECT_NE(model->info().fingerprint, original->info().fingerprint);
  EXPECT_NEAR(model->info().logit_scale, goldens.at("tuned.logit_scale")[0], 1e-3);
  nn::ReferenceGraph g;
  const auto words = model->text_forward(g, {.ids = ids_of(g, goldens.ids("text.1.ids")), .mask = std::nullopt});
  const auto picture = model->image_forward(g, pixels_of(g, 3, 32));
  ASSERT_TRUE(words && picture);
  EXPECT_GT(cosine(g.at(*words).values, goldens.at("tuned.text.embedding")), kCosine);
  EXPECT_GT(worst_cosine(g.at(*picture).values, goldens.at("tuned.vision.embedding"), 32), kCosine);
  EXPECT_LT(worst_cosine(g.at(*picture).values, goldens.at("vision.embedding"), 32), 0.999);
}

TEST(Clip, TheTokenizerFitsTheTower) {
  const auto model = opened(model_data("tiny-clip"));
  const auto tokenizer = model->tokenizer();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message();
  EXPECT_EQ((*tokenizer)->context_length(), 77);
  EXPECT_EQ((*tokenizer)->vocabulary_size(), model->vocabulary_size());
  const auto ids = (*tokenizer)->encode("black dog");  // both words are merged whole: tokens 515 and 517
  EXPECT_THAT(ids, ::testing::ElementsAre(519, 515, 517, 520));
}

TEST(Clip, ConfigurationErrorsComeTogether) {
  const TempDirectory temp;
  const auto directory = copied("tiny-clip", temp.path());
  edit(directory / "config.json", "\"hidden_size\": 48", "\"hidden_size\": 50");
  edit(directory / "config.json", "\"patch_size\": 8", "\"patch_size\": 7");
  edit(directory / "config.json", "\"projection_dim\": 32", "\"projection_dim\": \"many\"");
  const auto model = open_dual_encoder(directory);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code(), ErrorCode::kCorruption);
  EXPECT_THAT(model.error().message(), AllOf(HasSubstr("config.json"), HasSubstr("hidden_size': expected a multiple"),
                                             HasSubstr("multiple of patch_size 7"), HasSubstr("got \"many\"")));
}

TEST(Clip, MisshapenTensorsAreListedWhenATowerIsBuilt) {
  const TempDirectory temp;
  const auto directory = copied("tiny-clip", temp.path());
  edit(directory / "config.json", "\"vocab_size\": 521", "\"vocab_size\": 522");
  const auto model = opened(directory);
  nn::ReferenceGraph g;
  EXPECT_TRUE(model->image_forward(g, pixels_of(g, 1, 32)));  // the picture tower does not care
  const auto words = model->text_forward(g, {.ids = ids_of(g, {1, 2}), .mask = std::nullopt});
  ASSERT_FALSE(words);
  EXPECT_THAT(words.error().message(),
              AllOf(HasSubstr("token_embedding"), HasSubstr("expected [522, 48], got [521, 48]")));
}

TEST(Clip, MissingAndDamagedFilesAreNamed) {
  const TempDirectory temp;
  const auto directory = copied("tiny-clip", temp.path());
  std::filesystem::resize_file(directory / "model.safetensors", 1000);
  auto model = open_dual_encoder(directory);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message(), HasSubstr("model.safetensors"));
  std::filesystem::remove(directory / "model.safetensors");
  model = open_dual_encoder(directory);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(model.error().message(), HasSubstr("pytorch_model.bin"));
  edit(directory / "config.json", "\"model_type\": \"clip\"", "\"model_type\": \"llama\"");
}

TEST(OpenDualEncoder, RefusesWhatIsNoModel) {
  const TempDirectory temp;
  EXPECT_EQ(open_dual_encoder(temp.path() / "absent").error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(open_dual_encoder(temp.path()).error().message(), HasSubstr("config.json"));
  std::ofstream(temp.path() / "config.json") << R"({"model_type": "llama"})";
  EXPECT_EQ(open_dual_encoder(temp.path()).error().code(), ErrorCode::kUnsupported);
  std::ofstream(temp.path() / "config.json") << "{";
  EXPECT_EQ(open_dual_encoder(temp.path()).error().code(), ErrorCode::kCorruption);
}

}  // namespace
}  // namespace glimpse::models
