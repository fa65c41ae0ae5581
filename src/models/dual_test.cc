#include "models/dual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "models/goldens_for_tests.h"
#include "nn/reference_graph.h"

namespace glimpse::models {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kCosine = 0.99999;

std::unique_ptr<DualEncoder> opened(const std::filesystem::path& directory) {
  auto model = open_dual_encoder(directory);
  if (!model) throw std::runtime_error(model.error().message());
  return *std::move(model);
}

TEST(Dual, ReadsWhatTheDirectorySays) {
  const auto model = opened(model_data("tiny-dual"));
  EXPECT_EQ(model->info().name, "tiny-dual");
  EXPECT_EQ(model->info().family, "dual");
  EXPECT_EQ(model->info().embedding_dimension, 16);
  EXPECT_FLOAT_EQ(model->info().logit_scale, 20.5f);
  EXPECT_EQ(model->preprocess().mode, image::ResizeMode::kSquash);
  EXPECT_EQ(model->preprocess().crop_size, 40);
  EXPECT_EQ(model->context_length(), 32);
}

TEST(Dual, PicturesEqualTheReference) {
  const Goldens goldens(model_data("tiny-dual.goldens"));
  nn::ReferenceGraph g;
  const nn::Value pixels = g.input({.shape = {2, 3, 40, 40}, .values = golden_pixels(2, 40)});
  const auto embedding = opened(model_data("tiny-dual"))->image_forward(g, pixels);
  ASSERT_TRUE(embedding) << embedding.error().message();
  for (const char* stage : {"image.pooled", "image.logits"}) {
    EXPECT_LT(greatest_difference(g.at(g.marks().at(stage)).values, goldens.at(stage)), 1e-4) << stage;
  }
  EXPECT_GT(worst_cosine(g.at(*embedding).values, goldens.at("image.embedding"), 16), kCosine);
}

TEST(Dual, FeaturesOfStagesEqualTheReference) {
  const Goldens goldens(model_data("tiny-dual.goldens"));
  const TempDirectory temp;
  const auto directory = copied("tiny-dual", temp.path());
  edit(directory / "glimpse.json", "heads.safetensors", "heads-stages.safetensors");
  edit(directory / "glimpse.json", "\"classes\"", "\"features\": \"stages\", \"classes\"");
  nn::ReferenceGraph g;
  const nn::Value pixels = g.input({.shape = {2, 3, 40, 40}, .values = golden_pixels(2, 40)});
  const auto embedding = opened(directory)->image_forward(g, pixels);
  ASSERT_TRUE(embedding) << embedding.error().message();
  EXPECT_LT(greatest_difference(g.at(g.marks().at("image.stages")).values, goldens.at("image.stages")), 1e-4);
  EXPECT_GT(worst_cosine(g.at(*embedding).values, goldens.at("image.embedding.stages"), 16), kCosine);

  edit(directory / "glimpse.json", "\"stages\"", "\"everything\"");
  EXPECT_THAT(open_dual_encoder(directory).error().message(), HasSubstr("expected classifier or stages"));
}

// Three sentences padded to one length, with a mask: as a trainer batches them.
TEST(Dual, MaskedSentencesEqualTheReference) {
  const Goldens goldens(model_data("tiny-dual.goldens"));
  const std::vector<float> ids = goldens.at("text.ids");
  std::vector<float> mask;
  for (const float id : ids) mask.push_back(id != 0 ? 1.0f : 0.0f);
  nn::ReferenceGraph g;
  const TextInput input{.ids = g.input({.shape = {3, 11}, .values = ids}),
                        .mask = g.input({.shape = {3, 11}, .values = mask})};
  const auto embedding = opened(model_data("tiny-dual"))->text_forward(g, input);
  ASSERT_TRUE(embedding) << embedding.error().message();
  EXPECT_LT(greatest_difference(g.at(g.marks().at("embeddings")).values, goldens.at("text.embeddings")), 1e-5);
  EXPECT_LT(greatest_difference(g.at(g.marks().at("text.sentence")).values, goldens.at("text.sentence")), 1e-4);
  EXPECT_GT(worst_cosine(g.at(*embedding).values, goldens.at("text.embedding"), 16), kCosine);
}

TEST(Dual, EachSentenceAloneEqualsItsRowOfTheMaskedBatch) {
  const Goldens goldens(model_data("tiny-dual.goldens"));
  const std::vector<float> ids = goldens.at("text.ids");
  const std::vector<float> expected = goldens.at("text.embedding");
  const std::vector<float> lengths = goldens.at("text.lengths");
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    nn::ReferenceGraph g;
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(row * 11);
    const auto length = static_cast<std::int64_t>(lengths[row]);
    const TextInput input{.ids = g.input({.shape = {1, length}, .values = {first, first + length}}),
                          .mask = std::nullopt};
    const auto embedding = opened(model_data("tiny-dual"))->text_forward(g, input);
    ASSERT_TRUE(embedding) << embedding.error().message();
    EXPECT_GT(cosine(g.at(*embedding).values, std::span(expected).subspan(row * 16, 16)), kCosine);
  }
}

std::unique_ptr<DualEncoder> read_out(DualReadout readout) {
  auto model = open_dual(model_data("tiny-dual"), {}, readout);
  if (!model) throw std::runtime_error(model.error().message());
  return *std::move(model);
}

TEST(Dual, ReadOutBeforeTheHeadsItGivesTheTowersFeatures) {
  const Goldens goldens(model_data("tiny-dual.goldens"));
  const auto pictures = read_out(DualReadout::kPictureFeatures), words = read_out(DualReadout::kSentences);
  const auto whole = opened(model_data("tiny-dual"));
  nn::ReferenceGraph g;
  const nn::Value pixels = g.input({.shape = {2, 3, 40, 40}, .values = golden_pixels(2, 40)});
  const auto features = pictures->image_forward(g, pixels);
  ASSERT_TRUE(features) << features.error().message();
  const nn::Shape shape = g.shape(*features);
  EXPECT_EQ(shape, (nn::Shape{2, pictures->info().embedding_dimension}));
  const std::vector<float> pooled = goldens.at("image.pooled");
  const std::size_t width = pooled.size() / 2;
  for (std::size_t row = 0; row < 2; ++row) {
    for (std::size_t i = 0; i < width; ++i) {
      EXPECT_NEAR(g.at(*features).values[row * static_cast<std::size_t>(shape[1]) + i], pooled[row * width + i], 1e-4);
    }
  }
  const nn::Value ids = g.input({.shape = {1, 3}, .values = {2, 5, 3}});
  const auto sentence = words->text_forward(g, {.ids = ids, .mask = std::nullopt});
  ASSERT_TRUE(sentence) << sentence.error().message();
  EXPECT_EQ(g.at(*sentence).values, g.at(g.marks().at("text.sentence")).values);
  EXPECT_EQ(g.shape(*sentence), (nn::Shape{1, words->info().embedding_dimension}));
  EXPECT_THAT(words->image_forward(g, pixels).error().message(), HasSubstr("takes no pictures"));
  EXPECT_THAT(pictures->text_forward(g, {.ids = ids, .mask = std::nullopt}).error().message(), HasSubstr("no words"));
  EXPECT_NE(words->info().fingerprint, whole->info().fingerprint);  // nobody may mistake its compiled tower for theirs
  EXPECT_NE(words->info().fingerprint, pictures->info().fingerprint);
}

TEST(Dual, TheTokenizerFitsTheTower) {
  const auto model = opened(model_data("tiny-dual"));
  const auto tokenizer = model->tokenizer();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message();
  EXPECT_EQ((*tokenizer)->vocabulary_size(), model->vocabulary_size());
  EXPECT_LE((*tokenizer)->context_length(), model->context_length());
  EXPECT_EQ((*tokenizer)->encode("two black dogs").size(), 6u);  // [CLS] two black dog ##s [SEP]
}

TEST(Dual, AHeadOfAnotherWidthIsReported) {
  const TempDirectory temp;
  const auto directory = copied("tiny-dual", temp.path());
  edit(directory / "glimpse.json", "\"embedding_dimension\": 16", "\"embedding_dimension\": 17");
  nn::ReferenceGraph g;
  const nn::Value pixels = g.input({.shape = {1, 3, 40, 40}, .values = golden_pixels(1, 40)});
  const auto embedding = opened(directory)->image_forward(g, pixels);
  ASSERT_FALSE(embedding);
  EXPECT_THAT(embedding.error().message(),
              AllOf(HasSubstr("projection.weight"), HasSubstr("[17, 20]"), HasSubstr("[16, 20]")));
}

TEST(Dual, MissingHeadsAreListed) {
  const TempDirectory temp;
  const auto directory = copied("tiny-dual", temp.path());
  edit(directory / "glimpse.json", "\"head_count\": 2", "\"head_count\": 3");
  nn::ReferenceGraph g;
  const nn::Value pixels = g.input({.shape = {1, 3, 40, 40}, .values = golden_pixels(1, 40)});
  const auto embedding = opened(directory)->image_forward(g, pixels);
  ASSERT_FALSE(embedding);
  EXPECT_THAT(embedding.error().message(),
              AllOf(HasSubstr("missing 'heads.2.image.weight'"), HasSubstr("heads.2.scale")));
}

TEST(Dual, ConfigurationErrorsComeTogether) {
  const TempDirectory temp;
  const auto directory = copied("tiny-dual", temp.path());
  edit(directory / "glimpse.json", "\"mode\": \"squash\"", "\"mode\": \"stretch\"");
  edit(directory / "glimpse.json", "\"weights\": \"lite.pth\"", "\"weights\": \"../lite.pth\"");
  edit(directory / "glimpse.json", "0.502", "0");
  const auto model = open_dual_encoder(directory);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message(), AllOf(HasSubstr("got \"stretch\""), HasSubstr("inside the model's directory"),
                                             HasSubstr("expected positive numbers")));
  edit(directory / "glimpse.json", "\"format\": 1", "\"format\": 2");
  EXPECT_EQ(open_dual_encoder(directory).error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace glimpse::models
