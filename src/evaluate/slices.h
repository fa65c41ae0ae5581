#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "evaluate/attributes.h"
#include "evaluate/retrieval.h"

namespace glimpse::evaluate {

/// Below so many independent groups of queries a bootstrap interval is narrower than it should be, and one odd query
/// moves the mean: such a figure is shown, and marked. A rule of thumb.
inline constexpr std::size_t kTrustedGroups = 30;

/// Queries that have an attribute, or one value of it, or none at all. A query is in as many slices as it has.
struct Slice {
  std::string attribute;             ///< "colour" …; "none": queries without any.
  std::string value;                 ///< "red"; empty: any value.
  std::vector<std::size_t> queries;  ///< Numbers into Retrieval::queries, ascending.
  std::size_t groups = 0;            ///< Independent ones: the captions of one picture are one.

  bool trusted() const { return groups >= kTrustedGroups; }
};

/// The slices of whole attributes in the order of kAttributes, then "none"; those without queries are left out.
/// of_queries: the attributes of each of retrieval.queries.
std::vector<Slice> slices_by_attribute(const Retrieval& retrieval, std::span<const Attributes> of_queries);

/// The slices of single values, of each attribute the largest first.
std::vector<Slice> slices_by_value(const Retrieval& retrieval, std::span<const Attributes> of_queries);

/// The attributes of each query of a retrieval from text to image: as stated, else as the words show.
std::vector<Attributes> attributes_of_queries(const Retrieval& retrieval, const GroundTruth& truth);

/// A retrieval of these queries alone.
Retrieval part_of(const Retrieval& retrieval, std::span<const std::size_t> queries);

}  // namespace glimpse::evaluate
