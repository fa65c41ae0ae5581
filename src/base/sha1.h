#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace glimpse {

/// SHA-1 of bytes that arrive piece by piece. For names that others must be able to work out again with any tool
/// (`sha1sum`): who is in which part of a data set. It is no protection against forgery.
/// Source: FIPS 180-4, section 6.1.
class Sha1 {
 public:
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text);
  /// 40 lower-case hexadecimal digits. Nothing may be added afterwards.
  std::string finish();

 private:
  void block(const std::uint8_t* bytes);

  std::array<std::uint32_t, 5> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::array<std::uint8_t, 64> waiting_ = {};
  std::uint64_t count_ = 0;
};

std::string sha1(std::span<const std::byte> bytes);
std::string sha1(std::string_view text);

}  // namespace glimpse
