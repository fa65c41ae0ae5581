#include "image/exif.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "image/decode.h"
#include "image/exif_for_tests.h"
#include "image/exif_time.h"
#include "image/sample_pictures.h"

namespace glimpse::image {
namespace {

using samples::Bytes;
using samples::ExifBlock;

constexpr std::int64_t kNoonOfJune = 1685620800000;  // 2023-06-01 12:00:00 UTC

ExifBlock full_block(bool big_endian = false) {
  ExifBlock block(big_endian);
  block.camera("Canon", "Canon EOS 5D Mark III")
      .number(ExifBlock::kPicture, 0x0112, 6)
      .taken("2023:06:01 12:00:00")
      .text(ExifBlock::kExif, 0xA434, "EF24-105mm f/4L IS USM")
      .place(48.2085, -16.3721);
  return block;
}

void expect_full(const ExifFacts& facts) {
  EXPECT_EQ(facts.orientation, 6);
  EXPECT_EQ(facts.details.camera, "Canon EOS 5D Mark III");
  EXPECT_EQ(facts.details.lens, "EF24-105mm f/4L IS USM");
  EXPECT_EQ(facts.details.taken_at_ms, kNoonOfJune);
  ASSERT_TRUE(facts.details.latitude && facts.details.longitude);
  EXPECT_NEAR(*facts.details.latitude, 48.2085, 1e-6);
  EXPECT_NEAR(*facts.details.longitude, -16.3721, 1e-6);
}

TEST(Exif, ReadsBothByteOrdersWithAndWithoutIdentifier) {
  for (const bool big_endian : {false, true}) {
    expect_full(read_exif(full_block(big_endian).bytes()));
    expect_full(read_exif(full_block(big_endian).tiff()));
  }
}

TEST(Exif, TakesTheOffsetAndTheFractionOfTheSecond) {
  EXPECT_EQ(exif_time_ms("2023:06:01 12:00:00", "", ""), kNoonOfJune);
  EXPECT_EQ(exif_time_ms("2023:06:01 12:00:00", "+02:00", "25"), kNoonOfJune - 2 * 3'600'000 + 250);
  EXPECT_EQ(exif_time_ms("2023:06:01 12:00:00", "-03:30", "123456"), kNoonOfJune + 210 * 60'000 + 123);
  EXPECT_EQ(exif_time_ms("2023-06-01T12:00:00", "Z", "  "), kNoonOfJune);
  EXPECT_EQ(exif_time_ms("2023:06:01 12:00:00", "+99:00", ""), kNoonOfJune) << "farther than any place";
  EXPECT_EQ(exif_time_ms("2023:06:01 12:00:00", "+0", ""), kNoonOfJune);
  EXPECT_LT(*exif_time_ms("1900:01:01 00:00:00", "", ""), 0);

  auto block = full_block();
  block.text(ExifBlock::kExif, 0x9011, "+02:00").text(ExifBlock::kExif, 0x9291, "5");
  EXPECT_EQ(read_exif(block.bytes()).details.taken_at_ms, kNoonOfJune - 2 * 3'600'000 + 500);
}

TEST(Exif, RefusesTimesThatNeverWere) {
  for (const char* time :
       {"", "    :  :     :  :  ", "0000:00:00 00:00:00", "2023:02:29 12:00:00", "2023:13:01 12:00:00",
        "2023:06:01 24:00:00", "2023:06:01 12:60:00", "1825:01:01 00:00:00", "2200:01:01 00:00:00", "2023:06:01",
        "2023:06:01 12:00:0", "yesterday at about ten", "-023:06:01 12:00:00"}) {
    EXPECT_EQ(exif_time_ms(time, "", ""), std::nullopt) << time;
  }
  EXPECT_TRUE(exif_time_ms("2024:02:29 23:59:60", "", "")) << "a leap day, a leap second";
}

TEST(Exif, TakesTheTimeOfScanningWhereNoneOfTheShotIsGiven) {
  ExifBlock block;
  block.text(ExifBlock::kExif, 0x9003, "0000:00:00 00:00:00").text(ExifBlock::kExif, 0x9004, "2023:06:01 12:00:00");
  EXPECT_EQ(read_exif(block.bytes()).details.taken_at_ms, kNoonOfJune);
}

TEST(Exif, NamesACameraOnce) {
  EXPECT_EQ(camera_name("Canon", "Canon EOS 5D"), "Canon EOS 5D");
  EXPECT_EQ(camera_name("NIKON CORPORATION", "NIKON D90"), "NIKON D90");
  EXPECT_EQ(camera_name("NIKON CORPORATION", "COOLPIX P900"), "NIKON COOLPIX P900");
  EXPECT_EQ(camera_name("OLYMPUS IMAGING CORP.", "E-M10"), "OLYMPUS E-M10");
  EXPECT_EQ(camera_name("EASTMAN KODAK COMPANY", "Kodak DC210"), "Kodak DC210");
  EXPECT_EQ(camera_name("Apple", "iPhone 12"), "Apple iPhone 12");
  EXPECT_EQ(camera_name("samsung", "SM-G960F"), "samsung SM-G960F");
  EXPECT_EQ(camera_name("", "X100"), "X100");
  EXPECT_EQ(camera_name("Leica", ""), "Leica");
  EXPECT_EQ(camera_name("", ""), "");
}

TEST(Exif, TidiesTexts) {
  ExifBlock block;
  block.camera("  SONY \t\n", std::string("ILCE-7\0hidden", 13)).text(ExifBlock::kExif, 0xA434, "----");
  EXPECT_EQ(read_exif(block.bytes()).details.camera, "SONY ILCE-7");
  EXPECT_EQ(read_exif(block.bytes()).details.lens, "");
  block.camera("\xFF\xFE", "Caf\xC3\xA9").text(ExifBlock::kExif, 0xA434, std::string(5000, 'x'));
  EXPECT_EQ(read_exif(block.bytes()).details.camera, "\xEF\xBF\xBD\xEF\xBF\xBD Caf\xC3\xA9");
  EXPECT_EQ(read_exif(block.bytes()).details.lens.size(), 256u);
}

TEST(Exif, LeavesOutPlacesThatAreNone) {
  const auto place_of = [](const ExifBlock& block) { return read_exif(block.bytes()).details.latitude; };
  EXPECT_TRUE(place_of(ExifBlock().place(48, 16)));
  EXPECT_TRUE(place_of(ExifBlock().place(0, 16))) << "on the equator";
  EXPECT_FALSE(place_of(ExifBlock().place(0, 0))) << "a receiver that knew nothing";
  EXPECT_FALSE(place_of(ExifBlock().place(90.5, 16)));
  EXPECT_FALSE(place_of(ExifBlock().place(48, 180.01)));
  EXPECT_FALSE(place_of(ExifBlock().place(48, 16).text(ExifBlock::kGps, 1, "X")));
  EXPECT_FALSE(place_of(ExifBlock().place(48, 16).rationals(ExifBlock::kGps, 2, {48, 0, 0, 1, 0, 1})));
  EXPECT_FALSE(place_of(ExifBlock().place(48, 16).rationals(ExifBlock::kGps, 4, {16, 1, 61, 1, 0, 1})));
  EXPECT_FALSE(place_of(ExifBlock().place(48, 16).number(ExifBlock::kGps, 4, 16)));
  EXPECT_TRUE(place_of(ExifBlock().place(48, 16).rationals(ExifBlock::kGps, 2, {4'820'850, 100'000})));
}

TEST(Exif, AnyTruncationIsReadAsFarAsItMakesSense) {
  const Bytes whole = full_block().bytes();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));  // its own memory, for ASan
    const auto facts = read_exif(part);
    EXPECT_TRUE(facts.orientation == 1 || facts.orientation == 6);
    EXPECT_EQ(facts.details.latitude.has_value(), facts.details.longitude.has_value());
  }
}

TEST(Exif, AnyChangedBytesAreHarmless) {
  std::mt19937 random(7);
  const Bytes whole = full_block().bytes();
  for (int round = 0; round < 200'000; ++round) {
    Bytes bytes = whole;
    for (unsigned i = 0; i <= random() % 4; ++i) bytes[random() % bytes.size()] = std::byte(random());
    const auto facts = read_exif(bytes);
    ASSERT_TRUE(facts.orientation >= 1 && facts.orientation <= 8);
    ASSERT_LE(std::abs(facts.details.latitude.value_or(0)), 90);
    ASSERT_LE(std::abs(facts.details.longitude.value_or(0)), 180);
  }
}

TEST(Exif, DirectoriesThatPointAtThemselvesEnd) {
  // The EXIF and the GPS directory are the first one; its values claim the whole of memory.
  for (const std::uint32_t target : {8u, 0u, 6u, 0xFFFFFFFFu, 0x7FFFFFFFu}) {
    Bytes pointer(4);
    std::memcpy(pointer.data(), &target, 4);
    ExifBlock block = full_block();
    Bytes bytes = block.raw(ExifBlock::kPicture, 0x8769, 4, 1, pointer)
                      .raw(ExifBlock::kPicture, 0x010F, 2, 0xFFFFFFFF, pointer)
                      .raw(ExifBlock::kPicture, 0x0110, 5, 0x20000001, pointer)
                      .tiff();
    // tiff() sets the pointers itself: overwrite them.
    for (std::size_t at = 10; at + 12 <= bytes.size(); at += 12) {
      if ((bytes[at] == std::byte{0x69} && bytes[at + 1] == std::byte{0x87}) ||
          (bytes[at] == std::byte{0x25} && bytes[at + 1] == std::byte{0x88})) {
        std::memcpy(&bytes[at + 8], &target, 4);
      }
    }
    const auto facts = read_exif(bytes);
    EXPECT_EQ(facts.details.taken_at_ms, std::nullopt);
    EXPECT_EQ(facts.details.camera, "");
    EXPECT_EQ(facts.orientation, 6);
  }
}

TEST(Exif, ComesWithTheHeaderOfAJpeg) {
  const Bytes jpeg = samples::jpeg_with_exif(samples::picture("rgb_444.jpg"), full_block().bytes());
  const auto header = probe(jpeg);
  ASSERT_TRUE(header) << header.error().message();
  expect_full({header->orientation, header->details});
  const auto decoded = decode(jpeg);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->header.details, header->details);
}

void put_be(Bytes& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(std::byte(value >> shift));
}

std::uint32_t crc32_of(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

TEST(Exif, ComesWithTheHeaderOfAPng) {
  constexpr std::ptrdiff_t kAfterHeader = 8 + 25;  // signature, IHDR
  const Bytes png = samples::picture("rgb.png");
  const Bytes exif = full_block().tiff();
  Bytes chunk;
  for (const char c : std::string_view("eXIf")) chunk.push_back(std::byte(c));
  chunk.insert(chunk.end(), exif.begin(), exif.end());
  Bytes bytes(png.begin(), png.begin() + kAfterHeader);
  put_be(bytes, static_cast<std::uint32_t>(exif.size()));
  bytes.insert(bytes.end(), chunk.begin(), chunk.end());
  put_be(bytes, crc32_of(chunk));
  bytes.insert(bytes.end(), png.begin() + kAfterHeader, png.end());
  const auto header = probe(bytes);
  ASSERT_TRUE(header) << header.error().message();
  expect_full({header->orientation, header->details});
}

TEST(Exif, ComesWithTheHeaderOfAWebp) {
  const Bytes webp = samples::picture("orientation_8.webp");
  const std::string_view text(reinterpret_cast<const char*>(webp.data()), webp.size());
  const std::size_t chunk = text.rfind("EXIF");  // the last one, as Pillow writes it
  ASSERT_NE(chunk, std::string_view::npos);
  Bytes bytes(webp.begin(), webp.begin() + static_cast<std::ptrdiff_t>(chunk) + 4);
  Bytes exif = full_block().bytes();
  exif.resize(exif.size() + exif.size() % 2);
  const auto put_le = [](std::byte* at, std::size_t value) {
    for (int i = 0; i < 4; ++i) at[i] = std::byte(value >> 8 * i);
  };
  bytes.resize(bytes.size() + 4);
  put_le(&bytes[bytes.size() - 4], exif.size());
  bytes.insert(bytes.end(), exif.begin(), exif.end());
  put_le(&bytes[4], bytes.size() - 8);
  const auto header = probe(bytes);
  ASSERT_TRUE(header) << header.error().message();
  expect_full({header->orientation, header->details});
}

TEST(Exif, ComesWithTheHeaderOfATiff) {
  // Pillow's sample says nothing of a camera, so one is built: 1 x 1 grey pixel.
  ExifBlock block(true);
  block.number(ExifBlock::kPicture, 0x100, 1).number(ExifBlock::kPicture, 0x101, 1);
  block.number(ExifBlock::kPicture, 0x102, 8).number(ExifBlock::kPicture, 0x103, 1);
  block.number(ExifBlock::kPicture, 0x106, 1).number(ExifBlock::kPicture, 0x111, 2);  // the pixel: any byte
  block.number(ExifBlock::kPicture, 0x115, 1).number(ExifBlock::kPicture, 0x116, 1);
  block.number(ExifBlock::kPicture, 0x117, 1);
  block.camera("Scanner Ltd.", "S1").taken("2023:06:01 12:00:00");
  const auto header = probe(block.tiff());
  ASSERT_TRUE(header) << header.error().message();
  EXPECT_EQ(header->details.camera, "Scanner S1");
  EXPECT_EQ(header->details.taken_at_ms, kNoonOfJune);
}

}  // namespace
}  // namespace glimpse::image
