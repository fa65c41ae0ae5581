#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// For tests of this room and of those that store what it finds: EXIF blocks, and JPEGs that carry one.
namespace glimpse::image::samples {

using Bytes = std::vector<std::byte>;

/// Lays out the three directories of an EXIF block.
class ExifBlock {
 public:
  enum Directory { kPicture, kExif, kGps };

  explicit ExifBlock(bool big_endian = false) : big_endian_(big_endian) {}

  ExifBlock& text(Directory directory, std::uint16_t tag, std::string_view value) {
    Bytes bytes;
    for (const char c : value) bytes.push_back(std::byte(c));
    bytes.push_back(std::byte{0});
    const auto count = static_cast<std::uint32_t>(bytes.size());
    return raw(directory, tag, 2, count, std::move(bytes));
  }
  ExifBlock& number(Directory directory, std::uint16_t tag, std::uint16_t value) {
    Bytes bytes;
    put(bytes, value, 2);
    return raw(directory, tag, 3, 1, std::move(bytes));
  }
  ExifBlock& rationals(Directory directory, std::uint16_t tag, const std::vector<std::uint32_t>& pairs) {
    Bytes bytes;
    for (const std::uint32_t value : pairs) put(bytes, value, 4);
    return raw(directory, tag, 5, static_cast<std::uint32_t>(pairs.size() / 2), std::move(bytes));
  }
  ExifBlock& raw(Directory directory, std::uint16_t tag, std::uint16_t type, std::uint32_t count, Bytes bytes) {
    fields_[directory][tag] = {type, count, std::move(bytes)};
    return *this;
  }
  /// Degrees as a camera writes them: whole degrees, whole minutes, seconds in 1/1000.
  ExifBlock& place(double latitude, double longitude) {
    angle(1, latitude, "N", "S");
    return angle(3, longitude, "E", "W");
  }
  ExifBlock& taken(std::string_view time) { return text(kExif, 0x9003, time); }
  ExifBlock& camera(std::string_view make, std::string_view model) {
    return text(kPicture, 0x010F, make).text(kPicture, 0x0110, model);
  }

  /// "Exif\0\0", then TIFF.
  Bytes bytes() const {
    Bytes block = tiff();
    Bytes all;
    for (const char c : std::string_view("Exif\0\0", 6)) all.push_back(std::byte(c));
    all.insert(all.end(), block.begin(), block.end());
    return all;
  }

  Bytes tiff() const {
    auto fields = fields_;
    std::uint32_t starts[3], at = 8;
    for (const Directory directory : {kExif, kGps}) {  // their places do not change the size of the first
      if (fields.contains(directory)) fields[kPicture][directory == kExif ? 0x8769 : 0x8825] = {4, 1, Bytes(4)};
    }
    for (const Directory directory : {kPicture, kExif, kGps}) {
      starts[directory] = at;
      if (fields.contains(directory)) at += size_of(fields[directory]);
    }
    for (const Directory directory : {kExif, kGps}) {
      if (!fields.contains(directory)) continue;
      Bytes pointer;
      put(pointer, starts[directory], 4);
      fields[kPicture][directory == kExif ? 0x8769 : 0x8825].bytes = std::move(pointer);
    }
    Bytes out;
    for (int i = 0; i < 2; ++i) out.push_back(std::byte(big_endian_ ? 'M' : 'I'));
    put(out, 42, 2);
    put(out, 8, 4);
    for (const Directory directory : {kPicture, kExif, kGps}) {
      if (fields.contains(directory)) write(out, fields[directory]);
    }
    return out;
  }

 private:
  struct Field {
    std::uint16_t type = 0;
    std::uint32_t count = 0;
    Bytes bytes;
  };
  using Fields = std::map<std::uint16_t, Field>;

  ExifBlock& angle(std::uint16_t side_tag, double degrees, const char* above, const char* below) {
    text(kGps, side_tag, degrees < 0 ? below : above);
    const auto thousandths = static_cast<std::uint32_t>(std::lround(std::abs(degrees) * 3'600'000));
    return rationals(kGps, static_cast<std::uint16_t>(side_tag + 1),
                     {thousandths / 3'600'000, 1, thousandths / 60'000 % 60, 1, thousandths % 60'000, 1000});
  }

  void put(Bytes& bytes, std::uint32_t value, int size) const {
    for (int i = 0; i < size; ++i) bytes.push_back(std::byte(value >> 8 * (big_endian_ ? size - 1 - i : i)));
  }

  static std::uint32_t size_of(const Fields& fields) {
    auto size = static_cast<std::uint32_t>(2 + 12 * fields.size() + 4);
    for (const auto& [tag, field] : fields) {
      if (field.bytes.size() > 4) size += static_cast<std::uint32_t>(field.bytes.size());
    }
    return size;
  }

  void write(Bytes& out, const Fields& fields) const {
    put(out, static_cast<std::uint32_t>(fields.size()), 2);
    auto values_at = static_cast<std::uint32_t>(out.size() + 12 * fields.size() + 4);
    for (const auto& [tag, field] : fields) {
      put(out, tag, 2);
      put(out, field.type, 2);
      put(out, field.count, 4);
      if (field.bytes.size() > 4) {
        put(out, values_at, 4);
        values_at += static_cast<std::uint32_t>(field.bytes.size());
      } else {
        Bytes inline_value = field.bytes;
        inline_value.resize(4);
        out.insert(out.end(), inline_value.begin(), inline_value.end());
      }
    }
    put(out, 0, 4);
    for (const auto& [tag, field] : fields) {
      if (field.bytes.size() > 4) out.insert(out.end(), field.bytes.begin(), field.bytes.end());
    }
  }

  bool big_endian_;
  std::map<Directory, Fields> fields_;
};

/// The JPEG with the block in an APP1 segment right after its start.
inline Bytes jpeg_with_exif(const Bytes& jpeg, const Bytes& exif) {
  Bytes out(jpeg.begin(), jpeg.begin() + 2);
  const std::size_t length = exif.size() + 2;
  for (const std::size_t byte : {std::size_t{0xFF}, std::size_t{0xE1}, length >> 8, length & 0xFF}) {
    out.push_back(std::byte(byte));
  }
  out.insert(out.end(), exif.begin(), exif.end());
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

}  // namespace glimpse::image::samples
