#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace glimpse {

/// A 128-bit content hash (XXH3). Finds equal files and damaged bytes; it is no protection against forgery.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const Hash128&) const = default;
  /// 32 lower-case hexadecimal digits, most significant first.
  std::string hex() const;
};

Hash128 hash128(std::span<const std::byte> bytes);
Hash128 hash128(std::string_view text);
std::uint64_t hash64(std::span<const std::byte> bytes);

/// Hashes bytes that arrive piece by piece; equal to hash128 of their concatenation.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text);
  Hash128 finish() const;

 private:
  struct State;
  State* state_;
};

}  // namespace glimpse
