#pragma once

#include <span>

#include "base/result.h"
#include "library/records.h"
#include "library/sqlite.h"

// Rows of the table `details`: written with their checksum inside the caller's transaction, read with their pictures.
namespace glimpse::library {

/// In place of what is known of the picture, which must be there.
Result<void> put_details(Connection& connection, ImageId picture, const image::PictureDetails& details);

/// Fills in `details` of each picture that has them. A library of schema 2 that is open for reading has none.
Result<void> add_details(Connection& connection, std::span<Picture> pictures);

}  // namespace glimpse::library
