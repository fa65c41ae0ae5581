#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "autograd/ensemble.h"

namespace glimpse::autograd {
namespace {

constexpr std::int64_t kPictures = 40, kLearntFrom = 30, kPicture = 16, kText = 8;

/// Unit rows of noise; those from `first` on are drawn with another seed.
heads::Matrix noise(std::int64_t rows, std::int64_t columns, std::int64_t first, unsigned seed) {
  heads::Matrix matrix{.rows = rows, .columns = columns, .values = {}};
  std::normal_distribution<float> normal;
  std::mt19937 random(7), other(seed);
  for (std::int64_t row = 0; row < rows; ++row) {
    std::vector<float> values(static_cast<std::size_t>(columns));
    float square = 0;
    for (float& value : values) {
      value = normal(row < first ? random : other);
      square += value * value;
    }
    for (const float value : values) matrix.values.push_back(value / std::sqrt(square));
  }
  return matrix;
}

/// Material whose held-out pictures, captions and phrases hang on `seed`, and nothing else does.
heads::Material with_held_out(unsigned seed) {
  heads::Material material;
  for (int version = 0; version < 2; ++version) {
    material.versions.push_back(noise(kPictures, kPicture, kLearntFrom, seed));
  }
  material.texts = noise(2 * kPictures, kText, 2 * kLearntFrom, seed + 1);
  for (std::int64_t i = 0; i < kPictures; ++i) {
    material.pictures.push_back(
        {.captions = {2 * i}, .phrases = {2 * i + 1}, .labelled = i % 10 == 9, .held_out = i >= kLearntFrom});
  }
  return material;
}

TEST(HeldOut, PicturesAndTheirWordsChangeNothingThatIsLearnt) {
  const EnsembleSettings settings{.dimension = 8,
                                  .contrastive_heads = 1,
                                  .correlation = {.width = 6},
                                  .contrastive = {.width = 6, .epochs = 3},
                                  .threads = 1};
  const auto one = fit_ensemble(with_held_out(1), settings), other = fit_ensemble(with_held_out(2), settings);
  ASSERT_TRUE(one && other);
  ASSERT_EQ(one->heads.size(), 2u);
  for (std::size_t head = 0; head < one->heads.size(); ++head) {
    SCOPED_TRACE(head);
    EXPECT_EQ(one->heads[head].picture_weight.values, other->heads[head].picture_weight.values);
    EXPECT_EQ(one->heads[head].picture_bias, other->heads[head].picture_bias);
    EXPECT_EQ(one->heads[head].text_weight.values, other->heads[head].text_weight.values);
    EXPECT_EQ(one->heads[head].text_bias, other->heads[head].text_bias);
    EXPECT_EQ(one->heads[head].scale, other->heads[head].scale);
  }
  EXPECT_EQ(one->projection.values, other->projection.values);
}

}  // namespace
}  // namespace glimpse::autograd
