#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace glimpse::qdrant {

/// 16 bytes in the order they are written, most significant first.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
  /// "f81d4fae-7dec-11d0-a765-00a0c91e6bf6".
  std::string text() const;
};

/// With or without hyphens, in any case; nothing for any other text.
std::optional<Uuid> parse_uuid(std::string_view text);

/// The UUID of a name within a namespace: the same name, the same UUID. Source: RFC 9562, section 5.5 (version 5).
Uuid uuid_of_name(const Uuid& name_space, std::string_view name);

/// Points are named by a whole number or by a UUID; Qdrant sorts numbers before UUIDs.
using PointId = std::variant<std::uint64_t, Uuid>;

std::string text_of(const PointId& id);

/// A point's id in our API: a whole number from 1 that JavaScript holds exactly (below 2^53).
///   number n   n + 1                           (n below 2^52 - 1)
///   UUID       2^52 + its first 52 bits        (48 of them drawn or hashed, 4 are the version)
/// It keeps Qdrant's order, so the point of a number is found by scrolling from the lowest id that has it. Two points
/// of a collection can share a number: one pair is likely from some 20 million pictures on (2^48 UUIDs).
std::optional<std::int64_t> number_of(const PointId& id);
/// The lowest id that has this number; nothing for numbers that no id has.
std::optional<PointId> lowest_with(std::int64_t number);

}  // namespace glimpse::qdrant

template <>
struct std::hash<glimpse::qdrant::Uuid> {
  std::size_t operator()(const glimpse::qdrant::Uuid& id) const noexcept;
};
