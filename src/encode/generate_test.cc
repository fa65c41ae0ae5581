#include "encode/generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "models/dual_encoder.h"
#include "models/goldens_for_tests.h"
#include "runtime/captioner.h"

namespace glimpse::encode {
namespace {

using models::Goldens;
using models::model_data;

/// Captions of a tiny model for the pictures that its goldens were made on.
class Written : public testing::Test {
 protected:
  Written(std::string name, std::size_t pictures) : name_(std::move(name)), pictures_(pictures) {}

  void SetUp() override {
    auto model = models::open_dual_encoder(model_data(name_));
    ASSERT_TRUE(model) << model.error().message();
    model_ = *std::move(model);
    auto captioner = runtime::Captioner::compile(*model_, {});
    ASSERT_TRUE(captioner) << captioner.error().message();
    captioner_ = *std::move(captioner);
    const auto pixels = models::golden_pixels(static_cast<int>(pictures_), 32);
    for (std::size_t i = 0; i < pictures_; ++i) {
      memories_.push_back(*captioner_->look(std::span(pixels).subspan(i * 3 * 32 * 32, 3 * 32 * 32)));
    }
  }

  Result<std::vector<text::TokenId>> written(std::size_t picture, const GenerateOptions& options) const {
    runtime::CaptionPast past;
    const auto next = [&](std::span<const text::TokenId> ids, int rows) {
      return captioner_->next(memories_[picture], ids, rows, past);
    };
    return generate(model_->captions()->caption_tokens(), next, options);
  }

  /// Against the ids that the reference wrote, padded with -1.
  void expect_golden(const std::string& name, const GenerateOptions& options) const {
    const auto golden = Goldens(model_data(name_ + ".goldens")).ids("caption." + name);
    const std::size_t width = golden.size() / pictures_;
    for (std::size_t picture = 0; picture < pictures_; ++picture) {
      std::vector<text::TokenId> expected(golden.begin() + static_cast<std::ptrdiff_t>(picture * width),
                                          golden.begin() + static_cast<std::ptrdiff_t>((picture + 1) * width));
      std::erase(expected, -1);
      const auto ids = written(picture, options);
      ASSERT_TRUE(ids) << ids.error().message();
      EXPECT_EQ(*ids, expected) << name << " " << picture;
    }
  }

  const std::string name_;
  const std::size_t pictures_;
  std::unique_ptr<models::DualEncoder> model_;
  std::unique_ptr<runtime::Captioner> captioner_;
  std::vector<std::vector<float>> memories_;
};

class Captions : public Written {
 protected:
  Captions() : Written("tiny-coca", 3) {}
};

class BlipCaptions : public Written {
 protected:
  BlipCaptions() : Written("tiny-blip-caption", 5) {}

  /// transformers' own settings; `beams` of 1 are none.
  static GenerateOptions options(int beams, int max_length = 20, int min_length = 0) {
    GenerateOptions options = default_options(models::CaptionRules::kTransformers);
    if (beams > 1) {
      options.choice = Choice::kBeam;
      options.beams = beams;
    }
    options.max_length = max_length;
    options.min_length = min_length;
    return options;
  }
};

TEST_F(Captions, BeamSearchWritesTheReferencesIds) {
  expect_golden("beam", {});
  expect_golden("beam_1_group", {.beams = 4, .beam_groups = 1, .max_length = 12});
  expect_golden("beam_long", {.min_length = 15, .max_length = 40});
  expect_golden("beam_2", {.beams = 2, .beam_groups = 1});
  expect_golden("beam_8", {.beams = 8, .beam_groups = 2, .min_length = 2, .max_length = 25});
  expect_golden("beam_3_groups", {.beams = 3, .beam_groups = 3, .min_length = 2});
}

TEST_F(Captions, GreedySearchWritesTheReferencesIds) {
  expect_golden("greedy", {.choice = Choice::kGreedy});
  expect_golden("greedy_repetition", {.choice = Choice::kGreedy, .repetition_penalty = 1.5f, .max_length = 20});
}

// A repetition penalty makes one of these say the id of padding in its midst.
TEST_F(BlipCaptions, GreedySearchWritesTheReferencesIds) {
  expect_golden("greedy", options(1));
  expect_golden("greedy_long", options(1, 35, 12));
  GenerateOptions penalized = options(1);
  penalized.repetition_penalty = 1.5f;
  expect_golden("greedy_repetition", penalized);
}

TEST_F(BlipCaptions, BeamSearchWritesTheReferencesIds) {
  expect_golden("beam_3", options(3));
  expect_golden("beam_2", options(2, 8));
  expect_golden("beam_long", options(4, 38, 15));
  GenerateOptions penalized = options(5, 30);
  penalized.repetition_penalty = 1.3f;
  expect_golden("beam_repetition", penalized);
}

// The golden prompt is as the tokenizer frames it: the start takes the place of [CLS], and [SEP] is dropped.
TEST_F(BlipCaptions, APromptIsGoneOnWith) {
  const auto framed = Goldens(model_data("tiny-blip-caption.goldens")).ids("prompt");
  GenerateOptions prompted = options(3);
  prompted.prompt.assign(framed.begin() + 1, framed.end() - 1);
  expect_golden("prompt", prompted);
  prompted.prompt.resize(19, 5);
  EXPECT_EQ(written(0, prompted).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(BlipCaptions, IdsBecomeWords) {
  const auto words = model_->captions()->detokenizer();
  ASSERT_TRUE(words) << words.error().message();
  const std::vector<text::TokenId> ids = {61, 57, 58, 49, 1, 62, 60, 3, 58};
  EXPECT_EQ((*words)->decode(ids), "black dogs cat");
}

TEST_F(Captions, TheBestOfOneIsGreedy) {
  EXPECT_EQ(*written(0, {.choice = Choice::kTopK, .top_k = 1}), *written(0, {.choice = Choice::kGreedy}));
}

TEST_F(Captions, TopKFollowsItsSeedAndTheBestTokens) {
  std::set<std::vector<text::TokenId>> different;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const GenerateOptions options{.choice = Choice::kTopK, .top_k = 3, .temperature = 2, .seed = seed};
    EXPECT_EQ(*written(1, options), *written(1, options));
    different.insert(*written(1, options));
  }
  EXPECT_GT(different.size(), 3u);
}

TEST_F(Captions, ImpossibleOptionsAreRefused) {
  for (const GenerateOptions& options :
       {GenerateOptions{.beams = 1}, GenerateOptions{.beams = 6, .beam_groups = 4}, GenerateOptions{.max_length = 5},
        GenerateOptions{.max_length = 77}, GenerateOptions{.choice = Choice::kTopK, .top_k = 0},
        GenerateOptions{.choice = Choice::kTopK, .temperature = 0}, GenerateOptions{.repetition_penalty = 0}}) {
    EXPECT_EQ(written(0, options).error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST_F(Captions, IdsBecomeWords) {
  const auto words = model_->captions()->detokenizer();
  ASSERT_TRUE(words) << words.error().message();
  const std::vector<text::TokenId> ids = {519, 515, 517, 0, 256, 520, 515};
  EXPECT_EQ((*words)->decode(ids), "black dog !!");
  const std::vector<text::TokenId> odd = {519, -1, 9999, 520};
  EXPECT_EQ((*words)->decode(odd), "");
}

// Two beams that say equally much: of the ends that may follow, the second ranks third and is no caption of two beams.
// Were it one, the group would be done before the much better words that come next.
TEST(BeamSearch, AnEndBelowTheBestOfItsGroupIsPassedOver) {
  const models::CaptionModel::Tokens tokens{.start = 0, .end = 1, .pad = 2, .vocabulary_size = 5, .context_length = 8};
  const std::vector<std::vector<float>> by_length = {
      {-200, -200, -200, 10, 10}, {-200, 10, -200, 10, -200}, {-200, -200, -200, 1000, -200}};
  const NextScores next = [&](std::span<const text::TokenId> ids, int rows) -> Result<std::vector<float>> {
    const auto& one = by_length.at(ids.size() / static_cast<std::size_t>(rows) - 1);
    std::vector<float> scores;
    for (int row = 0; row < rows; ++row) scores.insert(scores.end(), one.begin(), one.end());
    return scores;
  };
  const auto ids = generate(tokens, next, {.beams = 2, .beam_groups = 1, .min_length = 1, .max_length = 4});
  ASSERT_TRUE(ids) << ids.error().message();
  EXPECT_THAT(*ids, testing::ElementsAre(0, 4, 3, 3));
}

TEST(Captioner, AModelWithoutADecoderIsRefused) {
  const auto clip = models::open_dual_encoder(model_data("tiny-clip"));
  ASSERT_TRUE(clip);
  EXPECT_EQ(runtime::Captioner::compile(**clip, {}).error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace glimpse::encode
