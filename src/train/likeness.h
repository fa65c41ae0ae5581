#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "image/image.h"

namespace glimpse::train {

/// A picture made very small: [8, 8, 3].
using Likeness = std::array<std::uint8_t, 192>;

/// Errors: invalid_argument (an empty picture).
Result<Likeness> likeness_of(const image::Image& image);

/// Two pictures are nearly the same when their small ones differ by no more than this on average, of 255: the same
/// photograph saved again in another size, format or quality.
inline constexpr int kNearlyTheSame = 3;

/// For each picture the number of its group, from 0 on, in order of first appearance. Pictures of one SHA-1, and
/// pictures that are nearly the same, are in one group, and so are all that hang together. Cost: compares pictures of
/// nearly the same mean brightness alone.
std::vector<std::size_t> group_pictures(std::span<const std::string> sha1s, std::span<const Likeness> likenesses);

}  // namespace glimpse::train
