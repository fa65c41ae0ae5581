#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "image/decode.h"
#include "image/sample_pictures.h"

namespace glimpse::image {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::byte kSof0{0xC0}, kSof3{0xC3}, kStartOfScan{0xDA}, kEndOfImage{0xD9};

Bytes::iterator find_marker(Bytes& bytes, std::byte code) {
  return std::ranges::search(bytes, std::array{std::byte{0xFF}, code}).begin();
}

Error refusal_of(const Bytes& bytes) {
  const auto decoded = decode(bytes);
  return decoded ? Error::internal("decoded") : decoded.error();
}

TEST(Jpeg, SaysWhichKindIsNotSupported) {
  Bytes twelve_bits = samples::picture("rgb_444.jpg");
  *(find_marker(twelve_bits, kSof0) + 4) = std::byte{12};
  EXPECT_EQ(refusal_of(twelve_bits).code(), ErrorCode::kUnsupported);
  EXPECT_THAT(refusal_of(twelve_bits).message(), testing::HasSubstr("12 bits"));

  Bytes lossless = samples::picture("rgb_444.jpg");
  *(find_marker(lossless, kSof0) + 1) = kSof3;
  EXPECT_EQ(refusal_of(lossless).code(), ErrorCode::kUnsupported);
}

TEST(Jpeg, RefusesAPictureOfEndlessScans) {
  Bytes bomb = samples::picture("progressive.jpg");
  const auto end = bomb.end() - 2;
  ASSERT_EQ(*(end + 1), kEndOfImage);
  // The last scan, which refines coefficients that are there already, again and again.
  const auto last = std::ranges::find_end(bomb, std::array{std::byte{0xFF}, kStartOfScan}).begin();
  const Bytes scan(last, end);
  const auto with_scans = [&](int more) {
    Bytes bytes(bomb.begin(), end);
    for (int i = 0; i < more; ++i) bytes.insert(bytes.end(), scan.begin(), scan.end());
    bytes.insert(bytes.end(), end, bomb.end());
    return bytes;
  };
  EXPECT_TRUE(decode(with_scans(20)));
  EXPECT_EQ(refusal_of(with_scans(600)).code(), ErrorCode::kCorruption);
}

TEST(Jpeg, ReadsItsOrientationFromTheFirstExifBlockOnly) {
  // A block of XMP, which uses the same marker, and one too short for anything, before the true one.
  const Bytes original = samples::picture("orientation_6.jpg");
  Bytes bytes(original.begin(), original.begin() + 2);
  for (const std::string_view content : {"http://ns.adobe.com/xap/1.0/ and no orientation", "Ex"}) {
    for (const int byte : {0xFF, 0xE1, 0, static_cast<int>(content.size()) + 2}) bytes.push_back(std::byte(byte));
    for (const char c : content) bytes.push_back(std::byte(c));
  }
  bytes.insert(bytes.end(), original.begin() + 2, original.end());
  const auto header = probe(bytes);
  ASSERT_TRUE(header) << header.error().message();
  EXPECT_EQ(header->orientation, 6);
}

}  // namespace
}  // namespace glimpse::image
