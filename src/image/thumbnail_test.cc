#include "image/thumbnail.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "image/sample_pictures.h"

namespace glimpse::image {
namespace {

/// Mean difference between two pictures of one size.
double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(a.rgb[i] - b.rgb[i]);
  return sum / static_cast<double>(a.rgb.size());
}

TEST(Thumbnail, FitsTheLongerSideAndKeepsTheRatio) {
  for (const auto& [name, width, height] : {std::tuple{"large.jpg", 256, 171},
                                            {"portrait.jpg", 170, 256},
                                            {"panorama.jpg", 256, 43},
                                            {"tall_strip.jpg", 1, 256}}) {
    SCOPED_TRACE(name);
    const auto jpeg = thumbnail_jpeg(samples::picture(name), 256);
    ASSERT_TRUE(jpeg) << jpeg.error().message();
    const auto decoded = decode(*jpeg);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->header.format, ImageFormat::kJpeg);
    EXPECT_EQ(decoded->image.width, width);
    EXPECT_EQ(decoded->image.height, height);
  }
}

TEST(Thumbnail, IsNeverEnlarged) {
  const auto jpeg = thumbnail_jpeg(samples::picture("rgb.png"), 256);
  ASSERT_TRUE(jpeg);
  const auto header = probe(*jpeg);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->width, 40);
  EXPECT_EQ(header->height, 27);
}

TEST(Thumbnail, IsUprightWithoutMetadata) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto bytes = samples::picture("orientation_" + std::to_string(orientation) + ".jpg");
    const auto upright = decode(bytes);
    const auto jpeg = thumbnail_jpeg(bytes, 64, {}, 95);
    ASSERT_TRUE(upright);
    ASSERT_TRUE(jpeg) << jpeg.error().message();
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(jpeg->data()), jpeg->size()).find("Exif"),
              std::string_view::npos);
    const auto decoded = decode(*jpeg);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->header.orientation, 1);
    ASSERT_EQ(decoded->image.rgb.size(), upright->image.rgb.size());
    EXPECT_EQ(decoded->image.width, upright->image.width);
    EXPECT_LT(mean_difference(decoded->image, upright->image), 8) << orientation;
  }
}

TEST(Thumbnail, ShrinkOnLoadLooksLikeTheWholePicture) {
  const auto bytes = samples::picture("large.jpg");
  const auto whole = decode(bytes);
  ASSERT_TRUE(whole);
  const auto slow = thumbnail_jpeg(whole->image, 200, 90);
  const auto quick = thumbnail_jpeg(bytes, 200, {}, 90);
  ASSERT_TRUE(slow);
  ASSERT_TRUE(quick);
  const auto a = decode(*slow), b = decode(*quick);
  ASSERT_TRUE(a);
  ASSERT_TRUE(b);
  ASSERT_EQ(a->image.rgb.size(), b->image.rgb.size());
  EXPECT_LT(mean_difference(a->image, b->image), 3);
}

TEST(Thumbnail, RefusesBadInput) {
  const auto bytes = samples::picture("rgb.png");
  EXPECT_EQ(thumbnail_jpeg(bytes, 0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(thumbnail_jpeg(bytes, 64, {}, 0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(thumbnail_jpeg(bytes, 64, {}, 101).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(thumbnail_jpeg(Image{}, 64).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(thumbnail_jpeg(std::span(bytes).first(bytes.size() / 2), 64).error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(thumbnail_jpeg(bytes, 64, {.max_pixels = 10}).error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace glimpse::image
