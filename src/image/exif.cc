// EXIF: a TIFF block with the picture's directory, from which two tags lead to the EXIF and the GPS directory. Those
// three are looked up, tag by tag, and nothing else is: no maker notes, no thumbnail, no chain of directories, so no
// bytes can make it walk in circles or allocate much. (libexif reads everything there is and interprets makers' notes.)
//
// Source: CIPA DC-008 (Exif 3.0), section 4.6.
#include "image/exif.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>

#include "base/utf8.h"
#include "image/exif_time.h"
#include "image/tiff_reader.h"

namespace glimpse::image {
namespace {

enum Tag : std::uint16_t {
  kMake = 0x010F,
  kModel = 0x0110,
  kOrientation = 0x0112,
  kExifDirectory = 0x8769,
  kGpsDirectory = 0x8825,
  kDateTimeOriginal = 0x9003,
  kDateTimeDigitized = 0x9004,
  kOffsetTimeOriginal = 0x9011,
  kOffsetTimeDigitized = 0x9012,
  kSubSecOriginal = 0x9291,
  kSubSecDigitized = 0x9292,
  kLensModel = 0xA434,
  kGpsLatitudeRef = 1,
  kGpsLatitude = 2,
  kGpsLongitudeRef = 3,
  kGpsLongitude = 4,
};

bool is_space(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

/// On one line, single spaces, valid UTF-8; empty when nothing in it is a letter or digit ("----").
std::string tidy(std::string_view raw) {
  std::string text;
  for (const char c : raw) {
    if (!is_space(c)) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  if (text.ends_with(' ')) text.pop_back();
  const auto says_something = [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || static_cast<unsigned char>(c) >= 0x80;
  };
  return std::ranges::any_of(text, says_something) ? valid_utf8(text) : std::string();
}

std::string text_of(const TiffReader& tiff, std::uint32_t directory, std::uint16_t tag) {
  return tidy(tiff.text(directory, tag).value_or(std::string()));
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find_first_of(" ,")); }

/// Whether a maker's word says what kind of firm it is rather than its name.
bool is_company_word(std::string_view word) {
  constexpr std::array kWords = {"corporation", "corp.", "corp",     "company", "co.",         "co",          "ltd.",
                                 "ltd",         "inc.",  "imaging",  "optical", "electronics", "gmbh",        "camera",
                                 "ag",          "inc",   "electric", "digital", "technology",  "technologies"};
  return std::ranges::any_of(kWords, [&](std::string_view known) { return same_word(known, word); });
}

/// The directory that `tag` of the picture's leads to; 0, which holds nothing, when there is none.
std::uint32_t directory_of(const TiffReader& tiff, std::uint16_t tag) {
  return tiff.directory(tiff.first_directory(), tag).value_or(0);
}

std::optional<std::int64_t> taken_at(const TiffReader& tiff) {
  const std::uint32_t exif = directory_of(tiff, kExifDirectory);
  struct Clock {
    std::uint16_t time, offset, fraction;
  };
  for (const Clock& clock : {Clock{kDateTimeOriginal, kOffsetTimeOriginal, kSubSecOriginal},
                             Clock{kDateTimeDigitized, kOffsetTimeDigitized, kSubSecDigitized}}) {
    const auto time = tiff.text(exif, clock.time);
    if (!time) continue;
    if (const auto ms = exif_time_ms(*time, tiff.text(exif, clock.offset).value_or(""),
                                     tiff.text(exif, clock.fraction).value_or(""))) {
      return ms;
    }
  }
  return std::nullopt;
}

/// Degrees, minutes and seconds with the side of the zero line, as degrees.
std::optional<double> angle(const TiffReader& tiff, std::uint32_t gps, std::uint16_t tag, std::uint16_t side_tag,
                            std::string_view sides, double greatest) {
  const auto field = tiff.field(gps, tag);
  const auto side = tiff.text(gps, side_tag);
  if (!field || !side || side->empty()) return std::nullopt;
  const std::size_t which = sides.find(side->front());
  if (which == std::string_view::npos) return std::nullopt;
  double degrees = 0, unit = 1;
  for (std::uint32_t i = 0; i < std::min(field->count, 3u); ++i, unit *= 60) {
    const auto part = tiff.rational(*field, i);
    if (!part || (i > 0 && *part > 60)) return std::nullopt;
    degrees += *part / unit;
  }
  if (!(degrees <= greatest) || field->count == 0) return std::nullopt;
  return which == 0 ? degrees : -degrees;
}

void read_place(const TiffReader& tiff, PictureDetails& details) {
  const std::uint32_t gps = directory_of(tiff, kGpsDirectory);
  const auto latitude = angle(tiff, gps, kGpsLatitude, kGpsLatitudeRef, "NS", 90);
  const auto longitude = angle(tiff, gps, kGpsLongitude, kGpsLongitudeRef, "EW", 180);
  if (!latitude || !longitude) return;
  // A receiver that knew no place writes zeros; nobody photographs the Gulf of Guinea to the last decimal.
  if (*latitude == 0 && *longitude == 0) return;
  details.latitude = latitude;
  details.longitude = longitude;
}

}  // namespace

std::string camera_name(const std::string& maker, const std::string& model) {
  if (model.empty()) return maker;
  std::string name;
  for (std::string_view rest = maker; !rest.empty();) {
    const std::string_view word = first_word(rest);
    if (same_word(word, first_word(model))) return model;
    if (!word.empty() && !is_company_word(word)) name.append(word) += ' ';
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return name + model;
}

ExifFacts read_exif(std::span<const std::byte> exif) {
  constexpr std::string_view kIdentifier("Exif\0\0", 6);
  if (exif.size() >= kIdentifier.size() && std::memcmp(exif.data(), kIdentifier.data(), kIdentifier.size()) == 0) {
    exif = exif.subspan(kIdentifier.size());
  }
  ExifFacts facts;
  const auto tiff = TiffReader::open(exif);
  if (!tiff) return facts;
  const std::uint32_t picture = tiff->first_directory();
  const auto orientation = tiff->number(picture, kOrientation).value_or(1);
  if (orientation >= 1 && orientation <= 8) facts.orientation = static_cast<int>(orientation);
  facts.details.taken_at_ms = taken_at(*tiff);
  facts.details.camera = camera_name(text_of(*tiff, picture, kMake), text_of(*tiff, picture, kModel));
  facts.details.lens = text_of(*tiff, directory_of(*tiff, kExifDirectory), kLensModel);
  read_place(*tiff, facts.details);
  return facts;
}

}  // namespace glimpse::image
