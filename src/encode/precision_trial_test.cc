#include "encode/precision_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/temp_directory.h"
#include "encode/encoder.h"
#include "encode/testing.h"
#include "models/goldens_for_tests.h"

namespace glimpse::encode {
namespace {

using runtime::Precision;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

runtime::PrecisionRecord found(Precision taken, std::vector<runtime::PrecisionTrial> trials) {
  runtime::PrecisionRecord record;
  record.precision = taken;
  record.trials = std::move(trials);
  record.pictures = 16;
  return record;
}

/// A folder of pictures, no two of one colour, that wait for tiny-clip.
class PrecisionTrial : public ::testing::Test {
 protected:
  PrecisionTrial() {
    for (int i = 0; i < kTrialPictures; ++i) {
      const fs::path file = temp_.path() / (std::to_string(i) + ".bmp");
      const auto shade = static_cast<std::uint8_t>(5 * i);
      if (!write_file_atomically(file, solid_bmp(20 + i, 40, shade, 200, static_cast<std::uint8_t>(255 - shade)))) {
        throw std::runtime_error("no picture");
      }
      waiting_.sample.push_back(file);
    }
  }
  std::unique_ptr<Encoder> opened(std::optional<Precision> precision) const {
    auto encoder = Encoder::open(models::model_data("tiny-clip"),
                                 {.precision = precision, .threads = 1, .cache_dir = temp_.path() / "cache"});
    if (!encoder) throw std::runtime_error(encoder.error().message());
    return *std::move(encoder);
  }
  std::vector<float> embedded(Encoder& encoder) const {
    const auto embedding = encoder.embed_image(*read_file(waiting_.sample[3], 1 << 20));
    if (!embedding) throw std::runtime_error(embedding.error().message());
    return *embedding;
  }
  const TempDirectory temp_;
  WaitingPictures waiting_ = {.count = 10'000, .sample = {}};
};

TEST_F(PrecisionTrial, TakesTheQuickestThatIsCloseToF32) {
  const auto model = models::open_dual_encoder(models::model_data("tiny-clip"));
  const auto sample = sample_pictures(waiting_.sample, (*model)->preprocess());
  ASSERT_EQ(sample.count, kTrialPictures);
  const auto record = try_precisions(**model, sample, 1);
  ASSERT_TRUE(record) << record.error().message();
  EXPECT_EQ(record->pictures, kTrialPictures / 3);
  for (const auto& trial : record->trials) {
    EXPECT_EQ(trial.median_cosine >= kLeastMedianCosine, trial.precision == record->precision);
    EXPECT_LT(trial.median_cosine, 1.0000001);
  }
  if (is_native(Precision::kInt8)) {
    EXPECT_FALSE(record->ranges.empty());
  }
  EXPECT_EQ(record->words == Precision::kBf16,
            is_native(Precision::kBf16) && record->words_median_cosine >= kLeastMedianCosine);
  EXPECT_EQ(try_precisions(**model, {}, 1).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(PrecisionTrial, SaysWhatItFound) {
  EXPECT_EQ(describe(found(Precision::kInt8, {{Precision::kInt8, 0.9993}})),
            "int8: median cosine to f32 0.9993 over 16 pictures");
  const std::string fallen = describe(found(Precision::kBf16, {{Precision::kInt8, 0.98}, {Precision::kBf16, 0.9999}}));
  EXPECT_THAT(fallen, HasSubstr("0.9800 over 16 pictures, under 0.995: not taken"));
  EXPECT_THAT(fallen, HasSubstr("bf16: median cosine to f32 0.9999"));
  EXPECT_THAT(describe(found(Precision::kF32, {{Precision::kInt8, 0.98}})), HasSubstr("f32 is taken"));
}

TEST_F(PrecisionTrial, IsMadeOnceAndRecorded) {
  const auto first = opened(std::nullopt)->settle_precision(waiting_);
  ASSERT_TRUE(first) << first.error().message();
  if (is_native(Precision::kInt8) || is_native(Precision::kBf16)) {
    EXPECT_THAT(*first, HasSubstr("median cosine"));
  }
  const auto second = opened(std::nullopt)->settle_precision(waiting_);
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, "") << "it was recorded";
}

TEST_F(PrecisionTrial, AFewPicturesAreNotWorthOne) {
  waiting_.count = kWorthATrial - 1;
  EXPECT_EQ(*opened(std::nullopt)->settle_precision(waiting_), "");
  EXPECT_FALSE(fs::exists(temp_.path() / "cache"));
}

TEST_F(PrecisionTrial, ARecordDecidesWhatAutoTakes) {
  const auto f32 = embedded(*opened(Precision::kF32));
  const std::string fingerprint = opened(Precision::kF32)->info().fingerprint;
  const runtime::PrecisionRecord record;
  ASSERT_TRUE(write_precision_record(temp_.path() / "cache", fingerprint, record));
  EXPECT_EQ(embedded(*opened(std::nullopt)), f32);
}

TEST_F(PrecisionTrial, ARecordDecidesInWhatWordsAre) {
  const auto words = [&](std::optional<Precision> precision) { return *opened(precision)->embed_text("a black dog"); };
  const auto f32 = words(Precision::kF32);
  EXPECT_EQ(words(std::nullopt), f32) << "without a record";
  const std::string fingerprint = opened(Precision::kF32)->info().fingerprint;
  runtime::PrecisionRecord record;
  record.words = Precision::kBf16;
  ASSERT_TRUE(write_precision_record(temp_.path() / "cache", fingerprint, record));
  EXPECT_EQ(words(std::nullopt), words(Precision::kBf16));
  if (is_native(Precision::kBf16)) {
    EXPECT_NE(words(std::nullopt), f32);
  }
}

TEST_F(PrecisionTrial, Int8ByChoiceMeasuresItsRangesOnWhatWaits) {
  if (!is_native(Precision::kInt8)) GTEST_SKIP() << "no VNNI here";
  const auto refused = opened(Precision::kInt8)->image_model();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);

  const auto encoder = opened(Precision::kInt8);
  ASSERT_TRUE(encoder->settle_precision(waiting_));
  EXPECT_NE(embedded(*encoder), embedded(*opened(Precision::kF32)));
  EXPECT_EQ(*opened(Precision::kInt8)->settle_precision(waiting_), "");
}

}  // namespace
}  // namespace glimpse::encode
