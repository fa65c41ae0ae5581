#pragma once

namespace glimpse::index {

/// The most dimensions that a vector may have.
inline constexpr int kMaxDimension = 65'536;

}  // namespace glimpse::index
