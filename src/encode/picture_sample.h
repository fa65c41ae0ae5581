#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "image/preprocess.h"

namespace glimpse::encode {

/// Pictures as the picture tower takes them.
struct PictureSample {
  std::vector<float> pixels;  ///< [count, 3, S, S]
  int count = 0;
};

/// Up to `count` of the files, evenly spread.
std::vector<std::filesystem::path> evenly_spread(std::span<const std::filesystem::path> files, std::size_t count);

/// The files, decoded as the indexer does; those that cannot be are left out.
PictureSample sample_pictures(std::span<const std::filesystem::path> files, const image::PreprocessSpec& spec);

}  // namespace glimpse::encode
