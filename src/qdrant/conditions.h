#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "qdrant/client.h"

namespace glimpse::qdrant {

struct Around {
  double latitude = 0;  ///< Degrees, WGS 84.
  double longitude = 0;
  double radius_km = 0;
};

/// What people filter by, as the embedded index has it: every condition given is met; of several values of one, any.
struct Conditions {
  std::vector<std::string> folders;       ///< Relative: below any root, with or without the root's own name in front.
  std::optional<std::int64_t> from_ms;    ///< Taken, else written, at this time or later.
  std::optional<std::int64_t> before_ms;  ///< Earlier than this.
  std::vector<std::string> cameras;       ///< Part of the name, in any case (ASCII).
  std::vector<std::string> lenses;        ///< The same.
  std::vector<std::string> formats;       ///< As in "jpeg".
  std::optional<std::int64_t> min_pixels, max_pixels;
  std::optional<int> min_width, max_width, min_height, max_height;
  std::vector<std::string> shapes;  ///< "landscape", "portrait", "square".
  std::optional<Around> near;
};

/// The values that a key has in the collection: Client::values_of.
using ValuesOf = std::function<Result<std::vector<std::string>>(const std::string& key)>;

/// The same for Qdrant, which matches whole values alone: of cameras and lenses, the values that fit are asked for
/// first. Errors: those of `values_of`.
Result<Filter> filter_of(const Conditions& conditions, const ValuesOf& values_of);

}  // namespace glimpse::qdrant
