#include "image/preprocess.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "image/decode.h"
#include "image/resample_kernels.h"
#include "image/sample_pictures.h"

namespace glimpse::image {
namespace {

PreprocessSpec clip_spec() {
  return {.mean = {0.48145466f, 0.4578275f, 0.40821073f}, .stddev = {0.26862954f, 0.26130258f, 0.27577711f}};
}

TEST(Preprocess, EqualsClipImageProcessor) {
  constexpr std::size_t kGrid = 28, kStep = 8, kFirst = 4, kSide = 224;
  const PreprocessSpec spec = clip_spec();
  const auto golden = samples::read("clip.bin");
  std::size_t pictures = 0;
  double worst_mean = 0;
  for (auto& line : samples::lines("clip.txt")) {
    std::string name;
    line >> name;
    SCOPED_TRACE(name);
    const auto decoded = decode(samples::picture(name));
    ASSERT_TRUE(decoded) << decoded.error().message();
    std::vector<float> out(3 * kSide * kSide);
    ASSERT_TRUE(preprocess(decoded->image, spec, out));
    const std::byte* expected = golden.data() + pictures++ * kGrid * kGrid * 3;
    ASSERT_LE(pictures * kGrid * kGrid * 3, golden.size());
    double sum = 0, greatest = 0;
    for (std::size_t y = 0; y < kGrid; ++y) {
      for (std::size_t x = 0; x < kGrid; ++x) {
        for (std::size_t c = 0; c < 3; ++c) {
          const double unit = std::to_integer<int>(expected[(y * kGrid + x) * 3 + c]) / 255.0;
          const double value = out[c * kSide * kSide + (kFirst + y * kStep) * kSide + kFirst + x * kStep];
          const double difference = std::abs(value * spec.stddev[c] + spec.mean[c] - unit) * 255;
          sum += difference;
          greatest = std::max(greatest, difference);
        }
      }
    }
    const double mean = sum / (kGrid * kGrid * 3);
    worst_mean = std::max(worst_mean, mean);
    EXPECT_LE(mean, 0.3);
    EXPECT_LE(greatest, 1.001);  // 0 but where alpha was blended with another rounding.
  }
  EXPECT_GE(pictures, 50u);
  EXPECT_LE(worst_mean, 0.3);
  RecordProperty("worst_mean_difference_in_255ths", std::to_string(worst_mean));
}

TEST(Preprocess, SquashesTheWholePicture) {
  const Image image = samples::noise(50, 31);
  const PreprocessSpec spec{.mode = ResizeMode::kSquash, .filter = ResizeFilter::kBilinear, .crop_size = 20};
  std::vector<float> out(3 * 20 * 20);
  ASSERT_TRUE(preprocess(image, spec, out));
  const auto resized = resize(image, 20, 20, ResizeFilter::kBilinear);
  ASSERT_TRUE(resized);
  for (std::size_t i = 0; i < 400; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      ASSERT_FLOAT_EQ(out[c * 400 + i], static_cast<float>(resized->rgb[i * 3 + c]) / 255.0f) << i << " " << c;
    }
  }
}

TEST(Preprocess, CropIsTheMiddleOfTheResizedPicture) {
  for (const auto& [width, height] : {std::pair{61, 40}, {40, 61}, {40, 40}, {41, 90}, {200, 13}}) {
    const Image image = samples::noise(width, height);
    const PreprocessSpec spec{.resize_size = 30, .crop_size = 24};
    std::vector<float> out(3 * 24 * 24);
    ASSERT_TRUE(preprocess(image, spec, out));
    const int shorter = std::min(width, height);
    const int new_width = width <= height ? 30 : 30 * width / shorter;
    const int new_height = width <= height ? 30 * height / shorter : 30;
    const auto resized = resize(image, new_width, new_height, ResizeFilter::kBicubic);
    ASSERT_TRUE(resized);
    const int left = (new_width - 24) / 2, top = (new_height - 24) / 2;
    for (int y = 0; y < 24; ++y) {
      for (int x = 0; x < 24; ++x) {
        const auto at = static_cast<std::size_t>((top + y) * new_width + left + x) * 3;
        ASSERT_FLOAT_EQ(out[static_cast<std::size_t>(y * 24 + x)], static_cast<float>(resized->rgb[at]) / 255.0f);
      }
    }
  }
}

TEST(Preprocess, PadsWithBlackWhereTheCropIsLarger) {
  const Image white{.width = 3, .height = 3, .rgb = std::vector<std::uint8_t>(27, 255)};
  PreprocessSpec spec{.resize_size = 3, .crop_size = 6};
  spec.mean = {0.5f, 0.5f, 0.5f};
  std::vector<float> out(3 * 36);
  ASSERT_TRUE(preprocess(white, spec, out));
  for (std::size_t i = 0; i < 36; ++i) {
    const bool inside = i / 6 >= 2 && i / 6 < 5 && i % 6 >= 2 && i % 6 < 5;  // ceil(3 / 2) = 2 black rows above.
    ASSERT_FLOAT_EQ(out[i], inside ? 0.5f : -0.5f) << i;
  }
}

TEST(Preprocess, NormalizesEachChannelByItsOwnNumbers) {
  const Image pixel{.width = 1, .height = 1, .rgb = {10, 20, 30}};
  PreprocessSpec spec{.mode = ResizeMode::kSquash, .crop_size = 1, .rescale = 0.1f};
  spec.mean = {0.5f, 1.0f, 2.0f};
  spec.stddev = {1.0f, 2.0f, 4.0f};
  std::vector<float> out(3);
  ASSERT_TRUE(preprocess(pixel, spec, out));
  EXPECT_FLOAT_EQ(out[0], 0.5f);
  EXPECT_FLOAT_EQ(out[1], 0.5f);
  EXPECT_FLOAT_EQ(out[2], 0.25f);
}

TEST(Preprocess, ExtremeShapesCostOnlyWhatTheCropKeeps) {
  for (const auto& [width, height] : {std::pair{1'000'000, 1}, {1, 1'000'000}}) {
    const Image strip{.width = width, .height = height, .rgb = std::vector<std::uint8_t>(3'000'000, 128)};
    for (const auto filter : {ResizeFilter::kBicubic, ResizeFilter::kLanczos}) {
      for (const auto mode : {ResizeMode::kShortestEdgeCenterCrop, ResizeMode::kSquash}) {
        std::vector<float> out(3 * 224 * 224);
        ASSERT_TRUE(preprocess(strip, {.mode = mode, .filter = filter}, out));
        EXPECT_NEAR(out[5], 128 / 255.0, 1e-6);
        EXPECT_NEAR(out.back(), 128 / 255.0, 1e-6);
      }
    }
  }
}

TEST(Preprocess, RefusesWhatIsImpossible) {
  const Image image = samples::noise(4, 4);
  std::vector<float> out(3 * 224 * 224);
  const auto code = [&](const Image& picture, const PreprocessSpec& spec, std::size_t size) {
    const auto result = preprocess(picture, spec, std::span(out).first(size));
    return result ? ErrorCode::kInternal : result.error().code();
  };
  EXPECT_TRUE(preprocess(image, {}, out));
  EXPECT_EQ(code({}, {}, out.size()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.width = 4, .height = 4, .rgb = {1, 2, 3}}, {}, out.size()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(image, {}, out.size() - 1), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(image, {.crop_size = 0}, 0), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(image, {.resize_size = -3}, out.size()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(image, {.stddev = {1, 0, 1}}, out.size()), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(resize(image, 0, 5, ResizeFilter::kBicubic));
  EXPECT_EQ(resize(image, 1 << 20, 1 << 20, ResizeFilter::kBicubic).error().code(), ErrorCode::kResourceExhausted);
}

TEST(Resize, EqualsPillowBitForBit) {
  const std::map<std::string, ResizeFilter> filters = {{"nearest", ResizeFilter::kNearest},
                                                       {"bilinear", ResizeFilter::kBilinear},
                                                       {"bicubic", ResizeFilter::kBicubic},
                                                       {"lanczos", ResizeFilter::kLanczos}};
  int cases = 0;
  for (auto& line : samples::lines("resize.txt")) {
    int width, height, new_width, new_height;
    std::string filter;
    std::uint64_t expected;
    line >> width >> height >> new_width >> new_height >> filter >> std::hex >> expected;
    ASSERT_TRUE(line);
    SCOPED_TRACE(line.str());
    const auto resized = resize(samples::noise(width, height), new_width, new_height, filters.at(filter));
    ASSERT_TRUE(resized) << resized.error().message();
    EXPECT_EQ(samples::fnv1a(resized->rgb), expected);
    ++cases;
  }
  EXPECT_GE(cases, 100);
}

TEST(ResampleKernels, EqualTheirPlainTwins) {
  std::mt19937 random(7);
  const auto between = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (std::size_t pixels = 1; pixels <= 70; ++pixels) {
    for (std::size_t taps = 1; taps <= 20; ++taps) {
      const std::size_t in_pixels = pixels + taps;
      std::vector<std::int32_t> weights(taps);
      for (auto& weight : weights) weight = between(-1'000'000, 5'000'000 / static_cast<int>(taps));
      std::vector<std::uint8_t> in(std::max(in_pixels * 3 + kRowOverread, taps * pixels * 3));
      for (auto& value : in) value = static_cast<std::uint8_t>(between(0, 255));
      std::vector<Taps> table(pixels);
      for (std::size_t i = 0; i < pixels; ++i) table[i] = {i, std::span(weights).first(1 + i % taps)};
      std::vector<std::uint8_t> fast(pixels * 3), slow(pixels * 3);
      resample_row(table, in.data(), fast.data());
      plain::resample_row(table, in.data(), slow.data());
      ASSERT_EQ(fast, slow) << "row, " << pixels << " pixels, " << taps << " taps";
      resample_column(weights, in.data(), pixels * 3, fast.data());
      plain::resample_column(weights, in.data(), pixels * 3, slow.data());
      ASSERT_EQ(fast, slow) << "column, " << pixels << " pixels, " << taps << " taps";
    }
  }
}

}  // namespace
}  // namespace glimpse::image
