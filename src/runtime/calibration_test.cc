#include "runtime/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "models/goldens_for_tests.h"
#include "runtime/towers.h"

namespace glimpse::runtime {
namespace {

using models::ActivationRange;
using models::golden_pixels;
namespace fs = std::filesystem;

constexpr int kSide = 40, kWidth = 16;  // of tiny-dual

class Calibration : public ::testing::Test {
 protected:
  std::unique_ptr<models::DualEncoder> opened() const {
    auto model = models::open_dual_encoder(directory_);
    if (!model) throw std::runtime_error(model.error().message());
    return *std::move(model);
  }
  /// The model with the ranges of some pictures in its directory.
  std::unique_ptr<models::DualEncoder> calibrated(int pictures) const {
    const auto ranges = calibrate(*opened(), golden_pixels(pictures, kSide), pictures);
    if (!ranges) throw std::runtime_error(ranges.error().message());
    EXPECT_TRUE(models::write_activation_ranges(directory_ / models::kActivationRangesFile, *ranges, pictures));
    return opened();
  }
  static Result<std::vector<float>> embedded(const models::DualEncoder& model, Precision precision) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto tower, ImageTower::compile(model, {.precision = precision, .cache_dir = {}}));
    std::vector<float> out(2 * kWidth);
    GLIMPSE_RETURN_IF_ERROR(tower->run(golden_pixels(2, kSide), 2, out));
    return out;
  }
  const TempDirectory temp_;
  const fs::path directory_ = models::copied("tiny-dual", temp_.path());
};

TEST_F(Calibration, FindsTheExtremesOfEachConvolutionsInput) {
  const auto ranges = calibrate(*opened(), golden_pixels(3, kSide), 3);
  ASSERT_TRUE(ranges) << ranges.error().message();
  ASSERT_GT(ranges->convolutions.size(), 10u);
  EXPECT_TRUE(ranges->linears.empty()) << "this tower is made of convolutions";
  // The first convolution sees the pixels themselves.
  const auto pixels = golden_pixels(3, kSide);
  double low = 0, high = 0;
  for (auto picture = pixels.begin(); picture != pixels.end(); picture += 3 * kSide * kSide) {
    const auto [least, greatest] = std::minmax_element(picture, picture + 3 * kSide * kSide);
    low += *least / 3.0;
    high += *greatest / 3.0;
  }
  EXPECT_NEAR(ranges->convolutions[0].low, low, 1e-6);
  EXPECT_NEAR(ranges->convolutions[0].high, high, 1e-6);
  for (const ActivationRange& range : ranges->convolutions) {
    EXPECT_LE(range.low, 0);
    EXPECT_LT(range.low, range.high);
  }
  EXPECT_EQ(ranges->convolutions[1].low, 0) << "the second one sees what passed a ReLU6";
  EXPECT_LE(ranges->convolutions[1].high, 6);
  EXPECT_TRUE(ranges->convolutions[0].precise && ranges->convolutions[1].precise);
  EXPECT_FALSE(ranges->convolutions[2].precise);
}

TEST_F(Calibration, Int8IsCloseToF32ButNotEqual) {
  const auto model = calibrated(3);
  const auto f32 = embedded(*model, Precision::kF32);
  const auto int8 = embedded(*model, Precision::kInt8);
  ASSERT_TRUE(f32 && int8);
  const double worst = models::worst_cosine(*int8, *f32, kWidth);
  // Older processors multiply two bytes into too few bits and saturate; they never get int8 unasked.
  if (is_native(Precision::kInt8)) {
    EXPECT_GT(worst, 0.98);
  }
  EXPECT_LT(worst, 0.9999999) << "nothing was quantized";
}

TEST_F(Calibration, Int8NeedsIt) {
  const auto refused = embedded(*opened(), Precision::kInt8);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message(), ::testing::HasSubstr("glimpse model calibrate"));
  const auto words = TextTower::compile(*calibrated(1), {.precision = Precision::kInt8, .cache_dir = {}});
  ASSERT_FALSE(words);
  EXPECT_EQ(words.error().code(), ErrorCode::kUnsupported);
}

TEST_F(Calibration, RangesOfAnotherTowerAreRefused) {
  const models::ActivationRanges ranges = {.convolutions = {3, {.low = 0, .high = 6}}, .linears = {}};
  ASSERT_TRUE(models::write_activation_ranges(directory_ / models::kActivationRangesFile, ranges, 1));
  const auto refused = embedded(*opened(), Precision::kInt8);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kCorruption);
  EXPECT_THAT(refused.error().message(), ::testing::HasSubstr("3"));
}

TEST_F(Calibration, ARangeIsPartOfTheModel) {
  const std::string before = opened()->info().fingerprint;
  EXPECT_NE(calibrated(3)->info().fingerprint, before);
}

TEST_F(Calibration, RefusesWhatCannotBeCalibrated) {
  EXPECT_EQ(calibrate(*opened(), {}, 0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(calibrate(*opened(), golden_pixels(1, kSide), 2).error().code(), ErrorCode::kInvalidArgument);
}

constexpr int kClipSide = 32;  // of tiny-clip

class TransformerCalibration : public ::testing::Test {
 protected:
  Result<std::vector<float>> embedded(const RuntimeOptions& options) const {
    GLIMPSE_ASSIGN_OR_RETURN(const auto tower, ImageTower::compile(*model_, options));
    std::vector<float> out(2 * static_cast<std::size_t>(tower->dimension()));
    GLIMPSE_RETURN_IF_ERROR(tower->run(golden_pixels(2, kClipSide), 2, out));
    return out;
  }
  const std::unique_ptr<models::DualEncoder> model_ = *models::open_dual_encoder(models::model_data("tiny-clip"));
  const models::ActivationRanges ranges_ = *calibrate(*model_, golden_pixels(3, kClipSide), 3);
};

TEST_F(TransformerCalibration, SeesEachInputOfItsLayersOnce) {
  EXPECT_EQ(ranges_.convolutions.size(), 1u) << "the patches";
  EXPECT_FALSE(ranges_.convolutions[0].precise);
  EXPECT_EQ(ranges_.linears.size() % 4, 0u) << "query, key and value read one input; three other layers one each";
  EXPECT_GE(ranges_.linears.size(), 4u);
}

TEST_F(TransformerCalibration, Int8IsCloseToF32ButNotEqual) {
  const auto f32 = embedded({.precision = Precision::kF32, .cache_dir = {}});
  const auto int8 = embedded({.precision = Precision::kInt8, .ranges = ranges_, .cache_dir = {}});
  ASSERT_TRUE(f32) << f32.error().message();
  ASSERT_TRUE(int8) << int8.error().message();
  const double worst = models::worst_cosine(*int8, *f32, static_cast<int>(f32->size() / 2));
  if (is_native(Precision::kInt8)) {
    EXPECT_GT(worst, 0.99);
  }
  EXPECT_LT(worst, 0.9999999) << "nothing was quantized";
}

TEST_F(TransformerCalibration, PreciseLayersAreInF32) {
  models::ActivationRanges precise = ranges_;
  for (models::ActivationRange& range : precise.convolutions) range.precise = true;
  for (models::ActivationRange& range : precise.linears) range.precise = true;
  const auto f32 = embedded({.precision = Precision::kF32, .cache_dir = {}});
  const auto same = embedded({.precision = Precision::kInt8, .ranges = precise, .cache_dir = {}});
  ASSERT_TRUE(f32 && same);
  EXPECT_GT(models::worst_cosine(*same, *f32, static_cast<int>(f32->size() / 2)), 0.9999999);
}

TEST_F(TransformerCalibration, ShiftsMoveAsMuchIntoTheWeights) {
  models::ActivationRanges shifted = ranges_;
  for (models::ActivationRange& range : shifted.linears) {
    const std::size_t width = range.shifts.size();
    range.low /= 4;
    range.high /= 4;
    for (std::size_t c = 0; c < width; ++c) range.shifts[c] = static_cast<std::int8_t>(range.shifts[c] + 2);
    if (width == 0) range.low *= 4, range.high *= 4;
  }
  const auto one = embedded({.precision = Precision::kInt8, .ranges = ranges_, .cache_dir = {}});
  const auto two = embedded({.precision = Precision::kInt8, .ranges = shifted, .cache_dir = {}});
  ASSERT_TRUE(one && two);
  EXPECT_GT(models::worst_cosine(*two, *one, static_cast<int>(one->size() / 2)), 0.999);
}

TEST_F(TransformerCalibration, ShiftsOfAnotherWidthAreRefused) {
  models::ActivationRanges wrong = ranges_;
  wrong.linears[1].shifts = {1};
  const auto refused = embedded({.precision = Precision::kInt8, .ranges = wrong, .cache_dir = {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kCorruption);
}

TEST_F(TransformerCalibration, OtherRangesAreAnotherCompiledModel) {
  const TempDirectory cache;
  models::ActivationRanges other = ranges_;
  for (models::ActivationRange& range : other.linears) range.high *= 8;
  const auto one = embedded({.precision = Precision::kInt8, .ranges = ranges_, .cache_dir = cache.path()});
  const auto two = embedded({.precision = Precision::kInt8, .ranges = other, .cache_dir = cache.path()});
  ASSERT_TRUE(one && two);
  EXPECT_NE(*one, *two);
}

}  // namespace
}  // namespace glimpse::runtime
