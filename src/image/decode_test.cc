#include "image/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "image/sample_pictures.h"

namespace glimpse::image {
namespace {

using ::testing::HasSubstr;

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

ErrorCode code_of(std::span<const std::byte> bytes, const DecodeOptions& options = {}) {
  const auto decoded = decode(bytes, options);
  return decoded ? ErrorCode::kInternal : decoded.error().code();
}

void put_u16_be(std::vector<std::byte>& bytes, std::size_t at, int value) {
  bytes[at] = static_cast<std::byte>(value >> 8);
  bytes[at + 1] = static_cast<std::byte>(value);
}

/// The sample JPEG with another size in its frame header.
std::vector<std::byte> jpeg_of_size(int width, int height) {
  auto bytes = samples::picture("rgb_444.jpg");
  for (std::size_t i = 2; i + 9 < bytes.size(); ++i) {
    if (bytes[i] == std::byte{0xFF} && bytes[i + 1] == std::byte{0xC0}) {
      put_u16_be(bytes, i + 5, height);
      put_u16_be(bytes, i + 7, width);
      break;
    }
  }
  return bytes;
}

struct Sample {
  std::string name, format;
  int width, height, orientation;
  int greatest;
  double mean;
  std::int64_t offset;
};

std::vector<Sample> all_samples() {
  std::vector<Sample> all;
  for (auto& line : samples::lines("decoded.txt")) {
    Sample s;
    line >> s.name >> s.format >> s.width >> s.height >> s.orientation >> s.greatest >> s.mean >> s.offset;
    EXPECT_TRUE(line) << s.name;
    all.push_back(s);
  }
  EXPECT_GE(all.size(), 70u);
  return all;
}

TEST(Decode, EverySampleEqualsTheReference) {
  const auto golden = samples::read("decoded.bin");
  for (const Sample& sample : all_samples()) {
    SCOPED_TRACE(sample.name);
    const auto decoded = decode(samples::picture(sample.name));
    ASSERT_TRUE(decoded) << decoded.error().message();
    const Image& image = decoded->image;
    EXPECT_EQ(name_of(decoded->header.format), sample.format);
    EXPECT_EQ(decoded->header.orientation, sample.orientation);
    ASSERT_EQ(image.width, sample.width);
    ASSERT_EQ(image.height, sample.height);
    ASSERT_EQ(image.rgb.size(), static_cast<std::size_t>(sample.width * sample.height * 3));
    if (sample.offset < 0) continue;
    ASSERT_GE(golden.size(), static_cast<std::size_t>(sample.offset) + image.rgb.size());
    const auto* expected = reinterpret_cast<const std::uint8_t*>(golden.data()) + sample.offset;
    int greatest = 0;
    double sum = 0;
    for (std::size_t i = 0; i < image.rgb.size(); ++i) {
      const int difference = std::abs(image.rgb[i] - expected[i]);
      greatest = std::max(greatest, difference);
      sum += difference;
    }
    EXPECT_LE(greatest, sample.greatest);
    EXPECT_LE(sum / static_cast<double>(image.rgb.size()), sample.mean);
  }
}

TEST(Decode, ProbeAgreesWithDecode) {
  for (const Sample& sample : all_samples()) {
    SCOPED_TRACE(sample.name);
    const auto header = probe(samples::picture(sample.name));
    ASSERT_TRUE(header) << header.error().message();
    EXPECT_EQ(name_of(header->format), sample.format);
    EXPECT_EQ(header->width, sample.width);
    EXPECT_EQ(header->height, sample.height);
    EXPECT_EQ(header->orientation, sample.orientation);
  }
}

TEST(Decode, ShrinksOnLoadButNeverBelowTheShorterSide) {
  for (const char* name : {"large.jpg", "portrait.jpg", "lossy.webp", "orientation_6.jpg"}) {
    const auto bytes = samples::picture(name);
    const auto exact = decode(bytes);
    ASSERT_TRUE(exact);
    const int shorter = std::min(exact->image.width, exact->image.height);
    for (int wanted = 1; wanted <= shorter + 1; wanted += 1 + wanted / 3) {
      SCOPED_TRACE(std::string(name) + " " + std::to_string(wanted));
      const auto shrunk = decode(bytes, {.min_short_side = wanted});
      ASSERT_TRUE(shrunk) << shrunk.error().message();
      const int left = std::min(shrunk->image.width, shrunk->image.height);
      EXPECT_GE(left, std::min(wanted, shorter));
      EXPECT_EQ(left < shorter, shorter / 2 >= wanted);
      EXPECT_EQ(shrunk->header.width, exact->header.width);
    }
  }
}

TEST(Decode, RefusesWhatIsNoPicture) {
  const auto empty = decode({});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(empty.error().message(), HasSubstr("empty file"));
  for (const std::string_view text :
       {"B", "BM", "hello, I am holiday.jpg", "BMW drivers' club, minutes of 1998",
        "<svg xmlns='http://www.w3.org/2000/svg'/>", "%PDF-1.7", "\xFF\xD8", "RIFFxxxxWAVE"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(code_of(bytes_of(text)), ErrorCode::kInvalidArgument);
    EXPECT_FALSE(probe(bytes_of(text)));
  }
}

TEST(Decode, RefusesTooManyPixelsOrNoneWithoutDecoding) {
  EXPECT_EQ(code_of(jpeg_of_size(60'000, 60'000)), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code_of(jpeg_of_size(10'001, 10'000)), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code_of(jpeg_of_size(0, 0)), ErrorCode::kCorruption);
  auto bmp = samples::picture("rgb_24.bmp");
  for (const auto& [width, height] : {std::pair{60'000, 60'000}, {0, 5}, {5, 0}, {-5, 5}}) {
    for (int i = 0; i < 4; ++i) {
      bmp[static_cast<std::size_t>(18 + i)] = static_cast<std::byte>(width >> (8 * i));
      bmp[static_cast<std::size_t>(22 + i)] = static_cast<std::byte>(height >> (8 * i));
    }
    EXPECT_EQ(code_of(bmp), width > 5 ? ErrorCode::kResourceExhausted : ErrorCode::kCorruption);
  }
}

TEST(Decode, LimitsAreTheCallersToSet) {
  const auto bytes = samples::picture("rgb.png");  // 40 x 27
  EXPECT_TRUE(decode(bytes, {.limits = {.max_pixels = 40 * 27}}));
  EXPECT_EQ(code_of(bytes, {.limits = {.max_pixels = 40 * 27 - 1}}), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code_of(bytes, {.limits = {.max_bytes = bytes.size() - 1}}), ErrorCode::kResourceExhausted);
}

TEST(Decode, RefusesFilesCutShort) {
  for (const char* name : {"rgb_444.jpg", "progressive.jpg", "rgb.png", "interlaced.png", "rgb_24.bmp", "rle8.bmp",
                           "lossless.webp", "lossy.webp", "raw.tif", "lzw.tif", "rgb.avif", "rgb.heic"}) {
    const auto bytes = samples::picture(name);
    for (const std::size_t eighths : {4u, 6u, 7u}) {
      SCOPED_TRACE(std::string(name) + " " + std::to_string(eighths) + "/8");
      const auto decoded = decode(std::span(bytes).first(bytes.size() * eighths / 8));
      ASSERT_FALSE(decoded);
      EXPECT_EQ(decoded.error().code(), ErrorCode::kCorruption) << decoded.error().message();
      EXPECT_THAT(decoded.error().message(), HasSubstr("cut short"));
    }
  }
}

/// Any bytes: an Error or a picture of the size it says, never a crash. The seed is fixed; sanitizers watch.
TEST(Decode, SurvivesDamagedBytes) {
  constexpr int kMutationsPerSample = 60;
  std::mt19937 random(20240607);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  for (const Sample& sample : all_samples()) {
    const auto original = samples::picture(sample.name);
    if (original.size() > 6'000) continue;
    for (int round = 0; round < kMutationsPerSample; ++round) {
      auto bytes = original;
      if (round % 3 == 0) bytes.resize(1 + below(bytes.size()));
      const std::size_t flips = round % 3 == 0 ? below(2) : 1 + below(8);
      // Half of the damage goes where the structure is.
      for (std::size_t i = 0; i < flips; ++i) {
        const std::size_t at = below(round % 2 == 0 ? std::min<std::size_t>(bytes.size(), 128) : bytes.size());
        bytes[at] = static_cast<std::byte>(below(256));
      }
      const auto decoded = decode(bytes, {.limits = {.max_pixels = 1'000'000}, .min_short_side = round % 2 * 8});
      if (!decoded) continue;
      const Image& image = decoded->image;
      EXPECT_EQ(image.rgb.size(), static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3)
          << sample.name << " round " << round;
    }
  }
}

TEST(Decode, IsThreadSafe) {
  const auto good = samples::picture("landscape.jpg");
  const auto bad = std::span(good).first(good.size() / 2);
  const auto expected = decode(good);
  ASSERT_TRUE(expected);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto decoded = decode(good);
        if (!decoded || decoded->image.rgb != expected->image.rgb) ++wrong;
        if (code_of(bad) != ErrorCode::kCorruption) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Decode, KnowsPicturesByTheirExtension) {
  for (const char* name :
       {"a.jpg", "A.JPEG", "b.PnG", "x.y.bmp", "g.gif", "w.webp", "t.tif", "t.TIFF", "h.heic", "a.avif"}) {
    EXPECT_TRUE(has_picture_extension(name)) << name;
  }
  for (const char* name : {"", "jpg", ".jpg", "a.txt", "a.jpg.txt", "a.", "a.svg", "a.jpgx"}) {
    EXPECT_FALSE(has_picture_extension(name)) << name;
  }
}

}  // namespace
}  // namespace glimpse::image
