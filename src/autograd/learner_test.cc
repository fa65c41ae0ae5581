#include "autograd/learner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "autograd/families_for_tests.h"
#include "autograd/learner_state.h"
#include "base/temp_directory.h"

namespace glimpse::autograd {
namespace {

using testing::HasSubstr;

std::unique_ptr<Learner> learner(const std::string& name, LearnerOptions options = {}) {
  options.threads = 1;
  auto made = Learner::open(opened(name), options);
  if (!made) throw std::runtime_error(made.error().message());
  return *std::move(made);
}

double train(Learner& learner, const models::DualEncoder& model, int first, int last) {
  double loss = 0;
  for (int i = first; i < last; ++i) {
    const OwnedBatch batch = random_batch(model, 5, static_cast<std::uint64_t>(100 + i));
    const auto report = learner.step(batch.view(), 1e-3);
    EXPECT_TRUE(report) << report.error().message();
    if (report) loss = report->loss;
  }
  return loss;
}

std::map<std::string, std::vector<float>> weights(const Learner& learner, double alpha = 1) {
  auto tensors = learner.weights(alpha);
  if (!tensors) throw std::runtime_error(tensors.error().message());
  std::map<std::string, std::vector<float>> map;
  for (auto& tensor : *tensors) map.emplace(tensor.name, std::move(tensor.values));
  return map;
}

/// Compared outside of EXPECT_EQ, which would print them all.
bool same(const std::map<std::string, std::vector<float>>& a, const std::map<std::string, std::vector<float>>& b) {
  return a == b;
}

class EachFamily : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const models::DualEncoder> model_ = opened(GetParam());
};

std::vector<at::Tensor> gradients(const std::string& name, std::int64_t micro_batch, Scope scope = {}) {
  const auto model = opened(name);
  auto state = open_state(model, {.scope = scope, .micro_batch = micro_batch, .threads = 1});
  if (!state) throw std::runtime_error(state.error().message());
  const OwnedBatch batch = random_batch(*model, 5, 3);
  add_gradients(**state, batch.view(), 5, 1);
  std::vector<at::Tensor> all;
  for (const Leaf& leaf : (*state)->optimizer->leaves()) all.push_back(leaf.value.grad());
  return all;
}

TEST_P(EachFamily, CachedGradientsEqualThoseOfOneBigBatch) {
  for (const Scope& scope : {Scope{}, Scope{.kind = ScopeKind::kHeads}, Scope{.kind = ScopeKind::kLora}}) {
    const auto whole = gradients(GetParam(), 0, scope);
    const auto cached = gradients(GetParam(), 2, scope);
    ASSERT_EQ(whole.size(), cached.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      ASSERT_EQ(whole[i].defined(), cached[i].defined());
      const double most = (whole[i] - cached[i]).abs().max().item<double>();
      EXPECT_LT(most, 1e-5 * std::max(1.0, whole[i].abs().max().item<double>())) << to_string(scope) << " leaf " << i;
    }
  }
}

TEST_P(EachFamily, TheLossOfOneBatchFalls) {
  for (const char* scope : {"all", "last:1", "heads", "lora:4"}) {
    const auto learning = learner(GetParam(), {.scope = *parse_scope(scope)});
    const OwnedBatch batch = random_batch(*model_, 5, 1);
    const double before = *learning->loss(batch.view());
    for (int i = 0; i < 12; ++i) ASSERT_TRUE(learning->step(batch.view(), 2e-3));
    EXPECT_LT(*learning->loss(batch.view()), before - 0.02) << scope;
  }
}

TEST_P(EachFamily, OnlyWhatIsInScopeChanges) {
  for (const char* scope : {"last:1", "heads", "lora:4"}) {
    const auto learning = learner(GetParam(), {.scope = *parse_scope(scope)});
    const auto before = weights(*learning);
    train(*learning, *model_, 0, 2);
    for (const auto& [name, values] : weights(*learning)) {
      const Place place = position_of(name).place;
      EXPECT_NE(place, Place::kBefore) << name;
      const bool of_keys = name.find("k_proj.bias") != std::string::npos || name.find("key.bias") != std::string::npos;
      // A key's bias has no effect in attention.
      EXPECT_TRUE(of_keys || values != before.at(name)) << scope << " " << name;
    }
  }
}

TEST_P(EachFamily, TwoRunsOnOneThreadGiveTheSameBits) {
  for (const std::int64_t micro_batch : {0, 2}) {
    const auto first = learner(GetParam(), {.micro_batch = micro_batch});
    const auto second = learner(GetParam(), {.micro_batch = micro_batch});
    train(*first, *model_, 0, 3);
    train(*second, *model_, 0, 3);
    EXPECT_TRUE(same(weights(*first), weights(*second)));
  }
}

TEST_P(EachFamily, ARunThatIsResumedGivesTheSameBits) {
  const TempDirectory directory;
  const LearnerOptions options{.scope = *parse_scope(GetParam() == "tiny-clip" ? "lora:4" : "all")};
  const auto whole = learner(GetParam(), options);
  train(*whole, *model_, 0, 4);
  const auto first = learner(GetParam(), options);
  train(*first, *model_, 0, 2);
  ASSERT_TRUE(first->save(directory.path()));
  const auto second = learner(GetParam(), options);
  const auto loaded = second->load(directory.path());
  ASSERT_TRUE(loaded) << loaded.error().message();
  train(*second, *model_, 2, 4);
  EXPECT_TRUE(same(weights(*whole), weights(*second)));
  EXPECT_EQ(whole->logit_scale(), second->logit_scale());
}

TEST_P(EachFamily, AlphaZeroIsTheModelAsItWas) {
  const auto learning = learner(GetParam());
  const OwnedBatch batch = random_batch(*model_, 4, 2);
  const auto pictures = *learning->embed_images(batch.pixels, 4);
  const auto words = *learning->embed_texts(batch.words());
  const auto before = weights(*learning);
  train(*learning, *model_, 0, 2);
  EXPECT_NE(*learning->embed_images(batch.pixels, 4), pictures);
  EXPECT_TRUE(same(weights(*learning, 0), before));
  ASSERT_TRUE(learning->blend(0));
  EXPECT_EQ(*learning->embed_images(batch.pixels, 4), pictures);
  EXPECT_EQ(*learning->embed_texts(batch.words()), words);
  EXPECT_FALSE(learning->step(batch.view(), 1e-3));
  ASSERT_TRUE(learning->blend(1));
  EXPECT_TRUE(learning->step(batch.view(), 1e-3));
}

INSTANTIATE_TEST_SUITE_P(Learner, EachFamily, testing::ValuesIn(kFamilies),
                         [](const auto& row) { return test_name(row.param); });

/// The file of a model with what was learnt in the place of its own.
void write_over(const std::filesystem::path& file, const std::vector<TrainedTensor>& learnt) {
  const auto opened_file = checkpoint::open(file);
  ASSERT_TRUE(opened_file);
  std::vector<std::vector<float>> kept;
  kept.reserve((*opened_file)->tensors().size());
  std::vector<checkpoint::TensorToWrite> tensors;
  for (const auto& tensor : (*opened_file)->tensors()) {
    const auto found = std::ranges::find(learnt, tensor.name, &TrainedTensor::name);
    if (found == learnt.end()) kept.push_back(checkpoint::to_f32(tensor));
    EXPECT_TRUE(found == learnt.end() || found->shape == tensor.shape) << tensor.name;
    tensors.push_back({.name = tensor.name,
                       .shape = tensor.shape,
                       .values = found == learnt.end() ? std::span<const float>(kept.back()) : found->values});
  }
  ASSERT_TRUE(checkpoint::write_safetensors(file, tensors));
}

// Joint query-key-value matrices and projections that the file has the other way round find their way back.
TEST(Weights, AModelWrittenWithThemEmbedsAsTheLearnerDoes) {
  for (const char* name : {"tiny-clip", "tiny-open-clip", "tiny-siglip", "tiny-blip-itm"}) {
    for (const char* scope : {"all", "lora:4"}) {
      const TempDirectory directory;
      const auto copy = models::copied(name, directory.path());
      auto model = models::open_dual_encoder(copy);
      ASSERT_TRUE(model);
      const std::shared_ptr<const models::DualEncoder> shared = *std::move(model);
      const auto learning = Learner::open(shared, {.scope = *parse_scope(scope), .threads = 1});
      ASSERT_TRUE(learning) << learning.error().message();
      train(**learning, *shared, 0, 3);
      const OwnedBatch batch = random_batch(*shared, 4, 2);
      const auto pictures = *(*learning)->embed_images(batch.pixels, 4);
      const auto words = *(*learning)->embed_texts(batch.words());
      write_over(shared->weight_files().own[0], *(*learning)->weights());
      auto again = models::open_dual_encoder(copy);
      ASSERT_TRUE(again);
      EXPECT_NEAR((*again)->info().logit_scale, name == std::string("tiny-blip-itm") ? 1 : (*learning)->logit_scale(),
                  1e-4);
      const auto reader = Learner::open(*std::move(again), {.threads = 1});
      ASSERT_TRUE(reader) << reader.error().message();
      EXPECT_LT(models::greatest_difference(*(*reader)->embed_images(batch.pixels, 4), pictures), 1e-6) << name;
      EXPECT_LT(models::greatest_difference(*(*reader)->embed_texts(batch.words()), words), 1e-6) << name;
    }
  }
}

TEST(Learner, ALossThatIsNoNumberChangesNothing) {
  const auto model = opened("tiny-clip");
  const auto learning = learner("tiny-clip");
  train(*learning, *model, 0, 1);
  const auto before = weights(*learning);
  OwnedBatch batch = random_batch(*model, 4, 2);
  ASSERT_TRUE(learning->accumulate(batch.view()));  // is forgotten with the bad one
  batch.pixels[5] = std::numeric_limits<float>::quiet_NaN();
  const auto failed = learning->accumulate(batch.view());
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message(), HasSubstr("the loss is not a number; nothing was changed"));
  EXPECT_FALSE(learning->apply(1e-3));
  EXPECT_TRUE(same(weights(*learning), before));
  const auto never_failed = learner("tiny-clip");
  train(*never_failed, *model, 0, 3);
  train(*learning, *model, 1, 3);
  EXPECT_TRUE(same(weights(*learning), weights(*never_failed)));
}

TEST(Learner, AccumulatedBatchesAreOneUpdateOfTheirWeightedGradients) {
  const auto model = opened("tiny-clip");
  const OwnedBatch batch = random_batch(*model, 4, 2);
  const auto once = learner("tiny-clip");
  const auto twice = learner("tiny-clip");
  const auto report = once->step(batch.view(), 1e-3);
  ASSERT_TRUE(twice->accumulate(batch.view(), 0.5));
  ASSERT_TRUE(twice->accumulate(batch.view(), 0.5));
  const auto same = twice->apply(1e-3);
  ASSERT_TRUE(report && same);
  EXPECT_NEAR(same->loss, report->loss, 1e-6);
  EXPECT_NEAR(same->gradient_norm, report->gradient_norm, 1e-5);
  EXPECT_EQ(same->step, 1);
}

TEST(Learner, TheTemperatureIsLearntAndClampedAsClips) {
  const auto model = opened("tiny-clip");
  const auto learning = learner("tiny-clip", {.head_rate = 1e4});
  const double before = learning->logit_scale();
  double greatest = 0;
  for (int i = 0; i < 5; ++i) {
    const OwnedBatch batch = random_batch(*model, 5, 1);
    const auto report = learning->step(batch.view(), 1e-3);
    ASSERT_TRUE(report);
    EXPECT_LE(report->logit_scale, 100.0001);
    EXPECT_GE(report->logit_scale, 0.9999);
    greatest = std::max(greatest, std::abs(report->logit_scale - before));
  }
  EXPECT_GT(greatest, 0);
}

TEST(Learner, BadBatchesAndOptionsAreRefusedByName) {
  const auto model = opened("tiny-clip");
  const auto learning = learner("tiny-clip");
  const OwnedBatch good = random_batch(*model, 4, 2);
  const auto refusal = [&](OwnedBatch batch) {
    const auto report = learning->step(batch.view(), 1e-3);
    return report ? std::string("accepted") : report.error().message();
  };
  OwnedBatch batch = good;
  batch.pixels.pop_back();
  EXPECT_THAT(refusal(batch), HasSubstr("pictures: expected [4, 3, 32, 32]"));
  batch = good;
  batch.ids[10] = 521;
  EXPECT_THAT(refusal(batch), HasSubstr("row 1: expected ids from 0 to 520, got 521"));
  batch = good;
  batch.tokens = 0;
  EXPECT_THAT(refusal(batch), HasSubstr("1 to 77 tokens"));
  batch = good;
  batch.mask.pop_back();
  EXPECT_THAT(refusal(batch), HasSubstr("a mask of 36"));
  batch = good;
  batch.picture.pop_back();
  EXPECT_THAT(refusal(batch), HasSubstr("4 rows, got 3"));
  EXPECT_THAT(refusal(random_batch(*model, 1, 2)), HasSubstr("at least two"));
  EXPECT_FALSE(learning->step(good.view(), std::nan("")));
  EXPECT_FALSE(Learner::open(model, {.micro_batch = -1}));
  EXPECT_FALSE(Learner::open(model, {.beta1 = 1}));
}

TEST(LearnerFile, DamageAndOtherOriginsAreRefusedAndChangeNothing) {
  const TempDirectory directory;
  const auto model = opened("tiny-clip");
  const auto learning = learner("tiny-clip");
  EXPECT_EQ(learning->load(directory.path()).error().code(), ErrorCode::kNotFound);
  train(*learning, *model, 0, 1);
  ASSERT_TRUE(learning->save(directory.path()));
  EXPECT_THAT(learner("tiny-clip", {.scope = *parse_scope("heads")})->load(directory.path()).error().message(),
              HasSubstr("it trains 'all', this is to train 'heads'"));
  EXPECT_THAT(learner("tiny-siglip")->load(directory.path()).error().message(), HasSubstr("this is model"));
  const auto file = directory.path() / "learner.safetensors";
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(-5, std::ios::end);
  bytes.put('x');
  bytes.close();
  const auto fresh = learner("tiny-clip");
  const auto before = weights(*fresh);
  EXPECT_THAT(fresh->load(directory.path()).error().message(), HasSubstr("checksum"));
  EXPECT_TRUE(same(weights(*fresh), before));
}

}  // namespace
}  // namespace glimpse::autograd
