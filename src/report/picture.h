#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "image/image.h"
#include "report/markup.h"

namespace glimpse::report {

/// A small JPEG that a page carries inside itself. Default: no picture; a placeholder is shown.
struct Thumbnail {
  std::vector<std::byte> jpeg;
  int width = 0, height = 0;  ///< Pixels.
};

/// The longer side of pictures in a grid. About 5 KB each.
inline constexpr int kThumbnailSide = 160;

/// Errors as image::thumbnail_jpeg.
Result<Thumbnail> make_thumbnail(const image::Image& picture, int max_side = kThumbnailSide);
/// The same of a picture file. Errors: those of read_file and image::decode.
Result<Thumbnail> read_thumbnail(const std::filesystem::path& file, int max_side = kThumbnailSide);

/// What a frame around a picture says of it, besides its caption.
enum class Mark { kNone, kGood, kBad };

struct Picture {
  Thumbnail thumbnail;
  std::string alt;  ///< What it shows, for those who do not see it; not its name, which they are told anyhow.
  Markup caption;   ///< Beneath it and its name. May be empty.
  Mark mark = Mark::kNone;
  /// Its name, in one line above the caption: cut where there is no room, whole under the pointer. May be empty.
  std::string file = {};
};

/// <img …/>, or a placeholder where there is no picture.
Markup picture_element(const Thumbnail& thumbnail, const std::string& alt);

/// Pictures in as many columns as fit. `label` names the list for screen readers.
Markup picture_grid(std::string_view label, std::span<const Picture> pictures);

/// One of several lists of pictures that are compared.
struct PictureSet {
  std::string heading;  ///< "before", a model's name, …
  Markup note;          ///< Beneath the heading; may be empty.
  std::vector<Picture> pictures;
};

/// The sets beside each other where the page is wide, else below each other; `heading` is above them all (a query).
Markup side_by_side(const Markup& heading, std::span<const PictureSet> sets);

}  // namespace glimpse::report
