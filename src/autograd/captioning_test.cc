// Captioning as open_clip's CoCa learns it (tools/goldens/captioning.py, whose formulas for words are repeated here).
#include "autograd/captioning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "autograd/own_losses_for_tests.h"
#include "autograd/torch_graph.h"

namespace glimpse::autograd {
namespace {

constexpr int kRows = 4, kTokens = 9;
constexpr std::array<int, kRows> kLengths = {5, 8, 3, 6};
const std::string kWrapper = "module.";

/// The longest sentence and the one token of padding that the class token sees; the reference pads to 76.
OwnedBatch reference_batch() {
  OwnedBatch batch{.pixels = models::golden_pixels(kRows, 32), .tokens = kTokens};
  for (int row = 0; row < kRows; ++row) {
    const int length = kLengths[static_cast<std::size_t>(row)];
    for (int j = 0; j < kTokens; ++j) {
      const int word = j == 0 ? 519 : 5 + (7 * row + 3 * (j - 1)) % 500;
      batch.ids.push_back(j + 1 < length ? word : j + 1 == length ? 520 : 0);
      batch.mask.push_back(j <= length ? 1.0f : 0.0f);
    }
  }
  batch.ids[kTokens + 3] = 0;  // "!" has the id of padding
  return batch;
}

std::unique_ptr<Learner::State> state_of(LearnerOptions options) {
  return autograd::state_of("tiny-coca", std::move(options));
}

class Captioning : public testing::TestWithParam<std::int64_t> {};

TEST_P(Captioning, LossAndEveryGradientAreThoseOfOpenClip) {
  const models::Goldens goldens(std::filesystem::path(GLIMPSE_TEST_DATA) / "training/tiny-coca.goldens");
  const auto s = state_of({.micro_batch = GetParam()});
  const OwnedBatch batch = reference_batch();
  const double loss = learn_to_caption(*s, batch.view(), kRows, 1);
  EXPECT_NEAR(loss, goldens.at("contrastive")[0] + goldens.at("captioning")[0], 1e-4);
  const auto found = squares(*s, kWrapper);
  EXPECT_EQ(found.size(), 129u);
  for (const auto& [name, square] : found) {
    const double expected = goldens.at("norm/" + name)[0];
    EXPECT_NEAR(std::sqrt(square), expected, 1e-4 * std::max(1.0, expected)) << name;
  }
  const std::set<std::string> whole = {"logit_scale", "visual.attn_pool.query", "text.cls_emb",
                                       "text_decoder.cross_attn.1.ln_1_kv.weight"};
  expect_gradients(*s, goldens, whole, kWrapper);
}

INSTANTIATE_TEST_SUITE_P(InMicroBatchesOf, Captioning, testing::Values(0, 1, 3));

TEST(Captioning, ScoresAreThoseThatCaptionsAreWrittenBy) {
  const auto s = state_of({});
  const OwnedBatch batch = reference_batch();
  const at::NoGradGuard no_gradients;
  const Tower images = s->images(batch.pixels, kRows), words = s->words(batch.words(), kRows);
  TorchGraph g(s->parameters);
  const auto following =
      s->captioning->following_forward(g, g.input(images.look(0, kRows)), g.input(words.look(0, kRows)));
  ASSERT_TRUE(following) << following.error().message();
  const at::Tensor ids = tensors_of(batch.words(), kRows).ids;
  const models::CaptionModel& writes = *s->model->captions();
  for (std::int64_t row = 0; row < kRows; ++row) {
    const at::Tensor pixels = at::tensor(batch.pixels).reshape({kRows, 3, 32, 32}).slice(0, row, row + 1);
    const auto memory = writes.memory_forward(g, g.input(pixels));
    ASSERT_TRUE(memory) << memory.error().message();
    for (std::int64_t tokens = 1; tokens < kLengths[static_cast<std::size_t>(row)]; ++tokens) {
      const auto next = writes.next_forward(g, *memory, g.input(ids.slice(0, row, row + 1).slice(1, 0, tokens)));
      ASSERT_TRUE(next) << next.error().message();
      const at::Tensor difference = g.at(*following)[row][tokens - 1] - g.at(*next)[0];
      EXPECT_LT(difference.abs().max().item<double>(), 1e-3) << row << " " << tokens;
    }
  }
}

TEST(Captioning, PaddingIsNotAskedFor) {
  const at::Tensor ids = at::tensor({7, 1, 2, 0, 7, 2, 0, 0}, at::kLong).reshape({2, 4});
  EXPECT_EQ(asked_tokens(ids, 0), 3);
  at::Tensor scores = at::zeros({2, 3, 8});
  EXPECT_NEAR(captioning_loss(scores, ids, 0).item<double>(), 3 * std::log(8.0), 1e-5);
  scores[0][2][5] = scores[1][1][5] = 100;  // behind the end of either
  EXPECT_NEAR(captioning_loss(scores, ids, 0).item<double>(), 3 * std::log(8.0), 1e-5);
  scores[1][0][2] = 100;
  EXPECT_NEAR(captioning_loss(scores, ids, 0).item<double>(), 2 * std::log(8.0), 1e-5);
}

TEST(Captioning, WordsThatAreAllPaddingTeachNothingButToTellPairsApart) {
  for (const std::int64_t micro_batch : {0, 1}) {
    const auto s = state_of({.micro_batch = micro_batch});
    OwnedBatch batch = reference_batch();
    std::ranges::fill(batch.ids, 0);
    EXPECT_TRUE(std::isfinite(learn_to_caption(*s, batch.view(), kRows, 1)));
    for (const auto& [name, square] : squares(*s, kWrapper)) {
      EXPECT_FALSE(name.starts_with("text_decoder") && square != 0) << name;
    }
  }
}

TEST(Captioning, ContrastiveAloneAndHeadsAloneLeaveTheDecoderAsItIs) {
  for (LearnerOptions options :
       {LearnerOptions{.objective = Objective::kContrastive}, LearnerOptions{.scope = *parse_scope("heads")}}) {
    const auto s = state_of(options);
    EXPECT_EQ(s->captioning, nullptr);
    for (const auto& [key, parameter] : s->parameters.all()) {
      EXPECT_EQ(parameter.view.name.find("text_decoder"), std::string::npos) << key;
    }
  }
}

std::vector<std::string> decoder_trained_by(const char* scope) {
  std::vector<std::string> names;
  const auto s = state_of({.scope = *parse_scope(scope)});
  for (const auto& [key, parameter] : s->parameters.all()) {
    const std::string& name = parameter.view.name;
    const bool weight =
        name.ends_with("in_proj_weight") || name.ends_with("projection") || name.ends_with("final.bias");
    if (parameter.trained && weight && name.find("text_decoder") != std::string::npos) names.push_back(name);
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (std::string& name : names) name = name.substr(std::string("module.text_decoder.").size());
  return names;
}

TEST(Captioning, OfTheDecoderTooTheLastBlocksAreTrainedOrAllBlocksAdapted) {
  EXPECT_THAT(decoder_trained_by("last:1"), testing::ElementsAre("cross_attn.1.attn.in_proj_weight", "ln_final.bias",
                                                                 "resblocks.1.attn.in_proj_weight", "text_projection"));
  EXPECT_THAT(decoder_trained_by("lora:2"),
              testing::ElementsAre("cross_attn.0.attn.in_proj_weight", "cross_attn.1.attn.in_proj_weight",
                                   "resblocks.0.attn.in_proj_weight", "resblocks.1.attn.in_proj_weight"));
}

TEST(Captioning, LearnsToWriteWhatItIsShown) {
  for (const char* scope : {"all", "last:1", "lora:4"}) {
    auto made = Learner::open(opened("tiny-coca"), {.scope = *parse_scope(scope), .threads = 1});
    ASSERT_TRUE(made) << made.error().message();
    const OwnedBatch batch = reference_batch();
    const double before = *(*made)->loss(batch.view());
    for (int i = 0; i < 30; ++i) ASSERT_TRUE((*made)->step(batch.view(), 3e-3));
    EXPECT_LT(*(*made)->loss(batch.view()), 0.5 * before) << scope;
  }
}

}  // namespace
}  // namespace glimpse::autograd
