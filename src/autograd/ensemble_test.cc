#include "autograd/ensemble.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace glimpse::autograd {
namespace {

/// Pictures and texts that are two noisy linear images of one hidden vector each.
struct Planted {
  explicit Planted(int count) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    std::vector<float> to_picture(kHidden * kPicture), to_text(kHidden * kText);
    for (float& v : to_picture) v = normal(random);
    for (float& v : to_text) v = normal(random);
    heads::Matrix pictures{.rows = count, .columns = kPicture, .values = {}};
    material.texts = {.rows = count * 2, .columns = kText, .values = {}};
    for (int i = 0; i < count; ++i) {
      std::vector<float> hidden(kHidden);
      for (float& v : hidden) v = normal(random);
      append(pictures, hidden, to_picture, kPicture, random);
      append(material.texts, hidden, to_text, kText, random);
      append(material.texts, hidden, to_text, kText, random);
      material.pictures.push_back({.captions = {2 * i, 2 * i + 1}, .phrases = {}, .labelled = i % 10 == 9});
    }
    material.versions = {pictures, pictures};
  }

  static void append(heads::Matrix& m, const std::vector<float>& hidden, const std::vector<float>& map, int width,
                     std::mt19937& random) {
    std::normal_distribution<float> noise(0, 0.5f);
    std::vector<float> row(static_cast<std::size_t>(width));
    float square = 0;
    for (int j = 0; j < width; ++j) {
      for (int k = 0; k < kHidden; ++k)
        row[static_cast<std::size_t>(j)] +=
            hidden[static_cast<std::size_t>(k)] * map[static_cast<std::size_t>(k * width + j)];
      row[static_cast<std::size_t>(j)] += noise(random);
      square += row[static_cast<std::size_t>(j)] * row[static_cast<std::size_t>(j)];
    }
    for (float& v : row) m.values.push_back(v / std::sqrt(square));
  }

  static constexpr int kHidden = 6, kPicture = 24, kText = 12;
  heads::Material material;
};

/// How many of the pictures' first captions find their picture first.
int found_first(const Ensemble& ensemble, const heads::Material& material) {
  const heads::Matrix pictures = ensemble.pictures(material.versions[0]), texts = ensemble.texts(material.texts);
  int found = 0;
  for (std::int64_t i = 0; i < pictures.rows; ++i) {
    const auto score = [&](std::int64_t j) {
      float sum = 0;
      for (std::int64_t c = 0; c < pictures.columns; ++c) {
        sum += texts.values[static_cast<std::size_t>(2 * i * texts.columns + c)] *
               pictures.values[static_cast<std::size_t>(j * pictures.columns + c)];
      }
      return sum;
    };
    bool first = true;
    for (std::int64_t j = 0; j < pictures.rows; ++j) first = first && score(j) <= score(i);
    found += first;
  }
  return found;
}

constexpr EnsembleSettings kSmall{.dimension = 12,
                                  .contrastive_heads = 2,
                                  .correlation = {.width = 8},
                                  .contrastive = {.width = 8, .epochs = 40, .dropout = 0.1},
                                  .threads = 1};

TEST(Ensemble, FindsWhatIsPlanted) {
  const Planted planted(80);
  EnsembleSettings long_enough = kSmall;
  long_enough.contrastive.epochs = 300;
  const auto together = fit_ensemble(planted.material, long_enough);
  ASSERT_TRUE(together.has_value()) << together.error().message();
  EXPECT_GT(found_first(*together, planted.material), 60);
  EnsembleSettings closed_form = kSmall;
  closed_form.contrastive_heads = 0;
  closed_form.dimension = 6;
  const auto correlation = fit_ensemble(planted.material, closed_form);
  ASSERT_TRUE(correlation.has_value()) << correlation.error().message();
  EXPECT_GT(found_first(*correlation, planted.material), 40);
}

TEST(Ensemble, TheSameSeedGivesTheSameBytes) {
  const Planted planted(40);
  EnsembleSettings settings = kSmall;
  settings.contrastive.epochs = 3;
  const auto one = fit_ensemble(planted.material, settings), again = fit_ensemble(planted.material, settings);
  settings.seed = 2;
  const auto other = fit_ensemble(planted.material, settings);
  ASSERT_TRUE(one.has_value() && again.has_value() && other.has_value());
  EXPECT_EQ(one->heads[1].picture_weight.values, again->heads[1].picture_weight.values);
  EXPECT_EQ(one->projection.values, again->projection.values);
  EXPECT_NE(one->heads[1].picture_weight.values, other->heads[1].picture_weight.values);
}

TEST(Ensemble, RefusesWhatCannotBeLearntFrom) {
  Planted planted(40);
  EnsembleSettings wide = kSmall;
  wide.dimension = 25;
  EXPECT_THAT(fit_ensemble(planted.material, wide).error().message(), testing::HasSubstr("at most the heads' 24"));
  planted.material.versions[1].values[3] = NAN;
  EXPECT_THAT(fit_ensemble(planted.material, kSmall).error().message(), testing::HasSubstr("not a finite number"));
  planted.material.versions.pop_back();
  planted.material.pictures.back().captions.clear();
  EXPECT_THAT(fit_ensemble(planted.material, kSmall).error().message(),
              testing::HasSubstr("a caption for every picture"));
  planted.material.pictures.clear();
  EXPECT_THAT(fit_ensemble(planted.material, kSmall).error().message(),
              testing::HasSubstr("two pictures with captions"));
}

}  // namespace
}  // namespace glimpse::autograd
