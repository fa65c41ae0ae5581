#include "base/sha1.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace glimpse {

void Sha1::block(const std::uint8_t* bytes) {
  std::array<std::uint32_t, 80> w{};
  for (std::size_t t = 0; t < 16; ++t) {
    const std::uint8_t* four = bytes + 4 * t;
    w[t] = (std::uint32_t{four[0]} << 24) | (std::uint32_t{four[1]} << 16) | (std::uint32_t{four[2]} << 8) | four[3];
  }
  for (std::size_t t = 16; t < 80; ++t) w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
  auto [a, b, c, d, e] = state_;
  for (std::size_t t = 0; t < 80; ++t) {
    std::uint32_t f = b ^ c ^ d, k = t < 40 ? 0x6ed9eba1 : 0xca62c1d6;
    if (t < 20) {
      f = (b & c) | (~b & d);
      k = 0x5a827999;
    } else if (t >= 40 && t < 60) {
      f = (b & c) | (b & d) | (c & d);
      k = 0x8f1bbcdc;
    }
    const std::uint32_t next = std::rotl(a, 5) + f + e + k + w[t];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const std::array<std::uint32_t, 5> added = {a, b, c, d, e};
  for (std::size_t i = 0; i < 5; ++i) state_[i] += added[i];
}

void Sha1::add(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t held = count_ % 64;
    const std::size_t taken = std::min<std::size_t>(64 - held, bytes.size());
    std::memcpy(waiting_.data() + held, bytes.data(), taken);
    count_ += taken;
    bytes = bytes.subspan(taken);
    if (held + taken == 64) block(waiting_.data());
  }
}

void Sha1::add(std::string_view text) { add(std::as_bytes(std::span(text))); }

std::string Sha1::finish() {
  const std::uint64_t bits = count_ * 8;
  const std::byte one{0x80}, zero{0};
  add(std::span(&one, 1));
  while (count_ % 64 != 56) add(std::span(&zero, 1));
  std::array<std::byte, 8> length{};
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<std::byte>(bits >> (56 - 8 * i));
  add(length);
  return fmt::format("{:08x}{:08x}{:08x}{:08x}{:08x}", state_[0], state_[1], state_[2], state_[3], state_[4]);
}

std::string sha1(std::span<const std::byte> bytes) {
  Sha1 hash;
  hash.add(bytes);
  return hash.finish();
}

std::string sha1(std::string_view text) { return sha1(std::as_bytes(std::span(text))); }

}  // namespace glimpse
