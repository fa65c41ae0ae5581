#pragma once

#include <cstdint>

#include "image/preprocess.h"

namespace glimpse::image {

/// The part of the resized picture that is wanted; may be all of it.
struct Region {
  std::int64_t left = 0, top = 0;
  int width = 0, height = 0;
};

/// The pixels of `region` within `image` resized to out_width × out_height; nothing outside the region is computed.
/// Equal bit for bit to Pillow's Image.resize((out_width, out_height), filter) followed by a crop.
/// The caller has checked: image not empty, out sizes >= 1, region inside the resized picture. Thread-safe.
Image resample(const Image& image, std::int64_t out_width, std::int64_t out_height, ResizeFilter filter,
               const Region& region);

}  // namespace glimpse::image
