#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace glimpse::app {

/// Encoded pictures that are alike, in memory, for measuring how fast they are decoded.
struct SamplePictures {
  std::string format;  ///< "jpeg", "png", …
  std::string size;    ///< "640 x 480"; of a folder's pictures, "under 1 megapixel" and so on.
  std::vector<std::vector<std::byte>> files;
  double megapixels = 0;  ///< Of one, on average.
};

/// Up to 64 of the folder's pictures, evenly spread and 256 MB at the most, by format and size, smaller ones first;
/// those that are no pictures are left out. Errors: not_found without any; scan's.
Result<std::vector<SamplePictures>> sample_of_folder(const std::filesystem::path& folder);

/// JPEGs of 640 x 480, 1920 x 1440 and 4000 x 3000 pixels made on the spot, with about as much detail as a photograph.
Result<std::vector<SamplePictures>> synthetic_samples();

}  // namespace glimpse::app
