#include "qdrant/point.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

namespace glimpse::qdrant {
namespace {

constexpr std::uint64_t kHalf = std::uint64_t{1} << 52;  ///< Below: numbers; from here on: UUIDs.

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string Uuid::text() const {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes[i]);
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 32 && text.size() != 36) return std::nullopt;
  Uuid id;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = text.size() == 36 && (i == 8 || i == 13 || i == 18 || i == 23);
    if (hyphen && text[i] == '-') continue;
    const int value = digit(text[i]);
    if (hyphen || value < 0) return std::nullopt;
    auto& byte = id.bytes[digits / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++digits;
  }
  return id;
}

Uuid uuid_of_name(const Uuid& name_space, std::string_view name) {
  std::string text(reinterpret_cast<const char*>(name_space.bytes.data()), name_space.bytes.size());
  text += name;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr);
  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x50);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

std::string text_of(const PointId& id) {
  const auto* uuid = std::get_if<Uuid>(&id);
  return uuid != nullptr ? uuid->text() : fmt::format("{}", std::get<std::uint64_t>(id));
}

std::optional<std::int64_t> number_of(const PointId& id) {
  if (const auto* number = std::get_if<std::uint64_t>(&id)) {
    if (*number >= kHalf - 1) return std::nullopt;
    return static_cast<std::int64_t>(*number + 1);
  }
  std::uint64_t first = 0;
  for (int i = 0; i < 8; ++i) first = first << 8 | std::get<Uuid>(id).bytes[static_cast<std::size_t>(i)];
  return static_cast<std::int64_t>(kHalf + (first >> 12));
}

std::optional<PointId> lowest_with(std::int64_t number) {
  if (number < 1 || static_cast<std::uint64_t>(number) >= 2 * kHalf) return std::nullopt;
  const auto value = static_cast<std::uint64_t>(number);
  if (value < kHalf) return PointId(value - 1);
  std::uint64_t first = (value - kHalf) << 12;
  Uuid id;
  for (std::size_t i = 8; i-- > 0; first >>= 8) id.bytes[i] = static_cast<std::uint8_t>(first & 0xFF);
  return PointId(id);
}

}  // namespace glimpse::qdrant

std::size_t std::hash<glimpse::qdrant::Uuid>::operator()(const glimpse::qdrant::Uuid& id) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, id.bytes.data(), sizeof(value));
  return value;
}
