// Frozen parts run once: the same numbers as the whole forward, and to the bit the same whether kept or computed anew.
#include "autograd/frozen_part.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "autograd/families_for_tests.h"
#include "autograd/learner_state.h"
#include "base/temp_directory.h"

namespace glimpse::autograd {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kPlenty = 1 << 26;

std::vector<Hash128> keys_of(std::size_t rows, int first = 0) {
  std::vector<Hash128> keys;
  for (std::size_t i = 0; i < rows; ++i)
    keys.push_back(hash128("picture " + std::to_string(first + static_cast<int>(i))));
  return keys;
}

struct Case {
  std::string family, scope;
};

class Frozen : public testing::TestWithParam<Case> {
 protected:
  std::shared_ptr<const models::DualEncoder> model_ = opened(GetParam().family);

  LearnerOptions options(FeatureOptions features) const {
    return {.scope = *parse_scope(GetParam().scope), .threads = 1, .features = std::move(features)};
  }
  std::unique_ptr<Learner> learner(FeatureOptions features) const {
    auto made = Learner::open(model_, options(std::move(features)));
    if (!made) throw std::runtime_error(made.error().message());
    return *std::move(made);
  }
};

at::Tensor whole_words(Learner::State& s, const OwnedBatch& batch) {
  TorchGraph g(s.parameters);
  const nn::Shape shape = {-1, batch.tokens};
  const std::vector<float> ids(batch.ids.begin(), batch.ids.end());
  return g.at(*s.model->text_forward(g, {.ids = g.input(at::tensor(ids).reshape(shape).to(at::kLong)),
                                         .mask = g.input(at::tensor(batch.mask).reshape(shape))}));
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST_P(Frozen, TheTwoPartsTogetherAreTheWholeForwardAndItsGradients) {
  auto state = open_state(model_, options({.memory_bytes = kPlenty}));
  ASSERT_TRUE(state) << state.error().message();
  Learner::State& s = **state;
  ASSERT_TRUE(s.frozen_images);
  const OwnedBatch batch = random_batch(*model_, 4, 11);
  const auto keys = keys_of(4);
  const auto gradients = [&](const at::Tensor& embeddings) {
    (embeddings * at::arange(static_cast<double>(embeddings.numel()), at::kFloat).sin().reshape_as(embeddings))
        .sum()
        .backward();
    std::vector<at::Tensor> found;
    for (const Leaf& leaf : s.optimizer->leaves()) {
      found.push_back(leaf.value.grad().defined() ? leaf.value.grad().clone() : at::Tensor());
    }
    s.optimizer->forget_gradients();
    return found;
  };
  const auto expect_same = [&](const at::Tensor& whole, const at::Tensor& parts) {
    EXPECT_LT(difference(whole, parts), 1e-5);
    if (!whole.requires_grad()) return;
    const auto a = gradients(whole), b = gradients(parts);
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(a[i].defined(), b[i].defined()) << s.optimizer->leaves()[i].key;
      if (!a[i].defined()) continue;
      EXPECT_LT(difference(a[i], b[i]), 1e-4) << s.optimizer->leaves()[i].key;
    }
  };
  expect_same(s.images(batch.pixels, 4).forward(0, 4), s.images(batch.pixels, 4, keys).forward(0, 4));
  expect_same(whole_words(s, batch), s.words(batch.words(), 4).forward(0, 4));
}

TEST_P(Frozen, KeptOrNotTheStepsAreTheSameToTheBit) {
  const TempDirectory directory;
  const auto kept = learner({.memory_bytes = 3000, .spill = directory.path(), .disk_bytes = kPlenty});
  const auto never = learner({.memory_bytes = 0});
  for (int step = 0; step < 6; ++step) {
    const OwnedBatch batch = random_batch(*model_, 4, static_cast<std::uint64_t>(20 + step % 2));
    const auto keys = keys_of(4, 4 * (step % 2));
    Batch view = batch.view();
    view.keys = keys;
    const auto b = never->step(view, 1e-3);
    if (step > 1) view.pixels = {};  // all are kept by now
    const auto a = kept->step(view, 1e-3);
    ASSERT_TRUE(a && b) << (a ? b : a).error().message();
    EXPECT_EQ(a->loss, b->loss) << step;
    EXPECT_EQ(a->gradient_norm, b->gradient_norm) << step;
  }
  EXPECT_TRUE(kept->keeps(keys_of(1)[0]));
  EXPECT_FALSE(never->keeps(keys_of(1)[0]));
  EXPECT_GT(kept->kept().disk_bytes, 0u);
  EXPECT_EQ(never->kept().rows, 0u);
  const auto a = kept->weights(), b = never->weights();
  ASSERT_TRUE(a && b);
  for (std::size_t i = 0; i < a->size(); ++i) EXPECT_TRUE((*a)[i].values == (*b)[i].values) << (*a)[i].name;
}

TEST_P(Frozen, ARowIsTheSameWhateverStandsBesideIt) {
  const auto one = learner({.memory_bytes = 0});
  const OwnedBatch batch = random_batch(*model_, 4, 31);
  const auto keys = keys_of(4);
  const auto all = one->embed_images(batch.pixels, 4, keys);
  const auto micro = learner({.memory_bytes = kPlenty})->embed_images(batch.pixels, 4, keys);
  ASSERT_TRUE(all && micro);
  EXPECT_TRUE(*all == *micro);
}

INSTANTIATE_TEST_SUITE_P(EachFamily, Frozen, testing::ValuesIn([] {
                           std::vector<Case> cases;
                           for (const std::string& family : kFamilies) {
                             cases.push_back({family, "heads"});
                             cases.push_back({family, "last:1"});
                           }
                           return cases;
                         }()),
                         [](const auto& row) {
                           return test_name(row.param.family) + (row.param.scope == "heads" ? "_heads" : "_last_block");
                         });

TEST(FrozenPart, OfAWholeModelThereIsNone) {
  for (const char* scope : {"all", "lora:4"}) {
    auto state = open_state(opened("tiny-clip"), {.scope = *parse_scope(scope), .threads = 1});
    ASSERT_TRUE(state);
    EXPECT_FALSE((*state)->frozen_images || (*state)->frozen_words) << scope;
  }
}

TEST(FrozenPart, OfHeadsAVectorIsKeptAndOfBlocksTheirTokens) {
  const auto bytes = [](const char* scope) {
    auto state = open_state(opened("tiny-clip"), {.scope = *parse_scope(scope), .threads = 1});
    if (!state) throw std::runtime_error(state.error().message());
    return std::pair((*state)->frozen_images->bytes_of_row(0), (*state)->frozen_words->bytes_of_row(7));
  };
  const auto model = opened("tiny-clip");
  const auto [image, words] = bytes("heads");
  EXPECT_EQ(image % 4, 0u);
  const auto [image_tokens, words_tokens] = bytes("last:1");
  EXPECT_EQ(image_tokens % (17 * 4), 0u);  // 16 patches and the class token, of one width
  EXPECT_EQ(image_tokens / 17, image);
  EXPECT_EQ(words_tokens, 7 * words);
}

TEST(FrozenPart, PixelsThatAreNotKeptAreAskedFor) {
  auto made = Learner::open(opened("tiny-clip"), {.scope = *parse_scope("heads"), .threads = 1});
  ASSERT_TRUE(made);
  const auto keys = keys_of(2);
  const auto refused = (*made)->embed_images({}, 2, keys);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("expected [2, 3, 32, 32]"));
  EXPECT_FALSE((*made)->embed_images(std::vector<float>(2 * 3 * 32 * 32), 2, keys_of(3)));
}

}  // namespace
}  // namespace glimpse::autograd
