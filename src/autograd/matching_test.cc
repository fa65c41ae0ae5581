// Matching as transformers' BLIP does it (tools/goldens/matching.py, whose formulas for words are repeated here).
#include "autograd/matching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "autograd/own_losses_for_tests.h"
#include "autograd/torch_graph.h"
#include "base/temp_directory.h"

namespace glimpse::autograd {
namespace {

constexpr int kRows = 4, kTokens = 8;
constexpr std::array<int, kRows> kLengths = {5, 8, 4, 6}, kOtherWords = {2, 0, 3, 1}, kOtherPicture = {1, 3, 0, 2};

OwnedBatch reference_batch() {
  OwnedBatch batch{.pixels = models::golden_pixels(kRows, 32), .tokens = kTokens};
  for (int row = 0; row < kRows; ++row) {
    const int length = kLengths[static_cast<std::size_t>(row)];
    for (int j = 0; j < kTokens; ++j) {
      const int word = j == 0 ? 2 : 5 + (7 * row + 3 * (j - 1)) % 50;
      batch.ids.push_back(j + 1 < length ? word : j + 1 == length ? 3 : 0);
      batch.mask.push_back(j < length ? 1.0f : 0.0f);
    }
  }
  return batch;
}

std::vector<MatchPair> reference_pairs() {
  std::vector<MatchPair> pairs;
  for (int i = 0; i < kRows; ++i) pairs.push_back({i, i, true});
  for (int i = 0; i < kRows; ++i) pairs.push_back({i, kOtherWords[static_cast<std::size_t>(i)]});
  for (int i = 0; i < kRows; ++i) pairs.push_back({kOtherPicture[static_cast<std::size_t>(i)], i});
  return pairs;
}

std::unique_ptr<Learner::State> state_of(LearnerOptions options) {
  return autograd::state_of("tiny-blip-itm", std::move(options));
}

class Matching : public testing::TestWithParam<std::int64_t> {};

TEST_P(Matching, LossAndEveryGradientAreThoseOfTransformers) {
  const models::Goldens goldens(std::filesystem::path(GLIMPSE_TEST_DATA) / "training/tiny-blip-itm.goldens");
  const auto s = state_of({.micro_batch = GetParam()});
  const OwnedBatch batch = reference_batch();
  const double loss = learn_to_match(*s, batch.view(), kRows, 1, reference_pairs());
  EXPECT_NEAR(loss, goldens.at("contrastive")[0] + goldens.at("matching")[0], 1e-5);
  int compared = 0;
  for (const auto& [name, square] : squares(*s)) {
    if (position_of(name).place == Place::kTemperature) continue;  // the reference's is a number
    const double expected = goldens.at("norm/" + name)[0];
    EXPECT_NEAR(std::sqrt(square), expected, 1e-4 * std::max(1.0, expected)) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 92);
  expect_gradients(*s, goldens,
                   {"itm_head.weight", "vision_model.embeddings.class_embedding",
                    "text_encoder.encoder.layer.1.crossattention.self.key.weight"});
}

INSTANTIATE_TEST_SUITE_P(InMicroBatchesOf, Matching, testing::Values(0, 1, 3));

TEST(PairForward, IsTheSideThatMatchesInSearch) {
  const models::Goldens goldens(models::model_data("tiny-blip-itm.goldens"));
  const auto s = state_of({});
  const at::Tensor memory = at::tensor(goldens.at("vision.memory")).reshape({3, 17, 64});
  const std::vector<float> expected = goldens.at("match");
  for (int sentence = 0; sentence < 4; ++sentence) {
    const auto ids = goldens.ids("text." + std::to_string(sentence) + ".ids");
    const at::Tensor row = at::tensor(std::vector<float>(ids.begin(), ids.end())).to(at::kLong);
    TorchGraph g(s->parameters);
    const auto scores =
        s->matching->pair_forward(g, g.input(memory), {.ids = g.input(row.expand({3, -1})), .mask = std::nullopt});
    ASSERT_TRUE(scores) << scores.error().message();
    const at::Tensor right = at::softmax(g.at(*scores), -1);
    for (int picture = 0; picture < 3; ++picture) {
      EXPECT_NEAR(right[picture][1].item<double>(), expected[static_cast<std::size_t>(sentence * 3 + picture)], 1e-4);
    }
  }
  TorchGraph g(s->parameters);
  const auto embedding = s->matching->embedding_forward(g, g.input(memory));
  ASSERT_TRUE(embedding) << embedding.error().message();
  const at::Tensor wanted = at::tensor(goldens.at("vision.embedding")).reshape({3, 24});
  EXPECT_LT((g.at(*embedding) - wanted).abs().max().item<double>(), 1e-4);
}

TEST(DrawPairs, TheSameSeedDrawsTheSameAndNearOnesAreDrawnMore) {
  const at::Tensor images = at::eye(4), words = at::eye(4).clone();
  words[0][1] = 0.9;  // words 0 come near picture 1, and picture 0 is like words 0 alone
  const at::Tensor none = at::zeros({4, 4}, at::kBool);
  int near = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto pairs = draw_pairs(images, words, 10, none, seed);
    EXPECT_EQ(pairs, draw_pairs(images, words, 10, none, seed));
    ASSERT_EQ(pairs.size(), 12u);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      EXPECT_EQ(pairs[i].right, i < 4);
      EXPECT_EQ(pairs[i].picture == pairs[i].words, i < 4);
    }
    near += pairs[5] == MatchPair{1, 0} ? 1 : 0;  // the picture that words 0 drew
  }
  EXPECT_GT(near, 190);
  EXPECT_NE(draw_pairs(images, at::eye(4), 0, none, 1), draw_pairs(images, at::eye(4), 0, none, 2));
}

TEST(DrawPairs, RelatedRowsAreNeverDrawn) {
  at::Tensor related = at::zeros({3, 3}, at::kBool);
  related[0][1] = related[1][0] = true;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const MatchPair& pair : draw_pairs(at::eye(3), at::eye(3), 1, related, seed)) {
      EXPECT_FALSE(pair.picture + pair.words == 1) << seed;
    }
  }
  EXPECT_EQ(draw_pairs(at::eye(2), at::eye(2), 1, at::ones({2, 2}, at::kBool), 1).size(), 2u);
}

TEST(Matching, ContrastiveAloneAndHeadsAloneLeaveThatSideAsItIs) {
  for (LearnerOptions options :
       {LearnerOptions{.objective = Objective::kContrastive}, LearnerOptions{.scope = *parse_scope("heads")}}) {
    const auto s = state_of(options);
    EXPECT_EQ(s->matching, nullptr);
    for (const auto& [key, parameter] : s->parameters.all()) {
      EXPECT_EQ(parameter.view.name.find("crossattention"), std::string::npos) << key;
    }
  }
}

TEST(Matching, LearnsWhoBelongsTogether) {
  auto made = Learner::open(opened("tiny-blip-itm"), {.threads = 1});
  ASSERT_TRUE(made) << made.error().message();
  const OwnedBatch batch = reference_batch();
  const double before = *(*made)->loss(batch.view());
  for (int i = 0; i < 40; ++i) ASSERT_TRUE((*made)->step(batch.view(), 1e-3));
  EXPECT_LT(*(*made)->loss(batch.view()), 0.5 * before);
  const auto trained = (*made)->trained();
  for (const char* name : {"itm_head.weight", "text_encoder.encoder.layer.0.crossattention.self.query.weight"}) {
    EXPECT_TRUE(std::ranges::binary_search(trained, name)) << name;
  }
}

}  // namespace
}  // namespace glimpse::autograd
