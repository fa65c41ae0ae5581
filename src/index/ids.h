#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace glimpse::index {

/// A row's number in one table. Numbers start at 1, are never used twice, and do not mix between tables.
template <typename Tag>
struct Id {
  std::int64_t value = 0;
  auto operator<=>(const Id&) const = default;
};

using ImageId = Id<struct ImageTag>;

}  // namespace glimpse::index

template <typename Tag>
struct std::hash<glimpse::index::Id<Tag>> {
  std::size_t operator()(glimpse::index::Id<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
