#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glimpse::library {

/// A value that a filter::Filter may ask for, and how many pictures have it.
struct FacetCount {
  std::string value;
  std::int64_t pictures = 0;
  bool operator==(const FacetCount&) const = default;
};

/// What filters can tell apart in a library.
struct Facets {
  std::int64_t pictures = 0;
  std::vector<FacetCount> months;   ///< "2023-06" (UTC), latest first; of Filter's time: taken, else file.
  std::vector<FacetCount> cameras;  ///< Most pictures first, at most kMaxFacets; unknown ones left out.
  std::vector<FacetCount> lenses;   ///< The same.
  std::vector<FacetCount> formats;  ///< Most pictures first.
  /// Roots ("Pictures") and the folders in them ("Pictures/trips"), three levels deep, by name; of more than kMaxFacets
  /// those with the most pictures. Names that are no UTF-8 are left out.
  std::vector<FacetCount> folders;
  std::int64_t placed = 0;     ///< Pictures that know where they were taken.
  std::int64_t captioned = 0;  ///< Pictures with a caption.
};

inline constexpr std::size_t kMaxFacets = 500;

}  // namespace glimpse::library
