#pragma once

#include <cstddef>
#include <span>

#include "image/details.h"

namespace glimpse::image {

/// What EXIF says that we use.
struct ExifFacts {
  int orientation = 1;  ///< 1 to 8.
  PictureDetails details;
};

/// Reads an EXIF block: TIFF, with or without "Exif\0\0" in front. Whatever is missing, damaged or makes no sense is
/// left out; any bytes are a valid input. Takes microseconds, and no memory but the texts found.
ExifFacts read_exif(std::span<const std::byte> exif);

/// The camera's name of what EXIF has as maker and model: "Canon", "Canon EOS 5D" → "Canon EOS 5D"; "NIKON
/// CORPORATION", "COOLPIX P900" → "NIKON COOLPIX P900".
std::string camera_name(const std::string& maker, const std::string& model);

}  // namespace glimpse::image
