#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluate/ground_truth.h"
#include "evaluate/slices.h"

namespace glimpse::app {

/// A retrieval by what its queries speak of.
struct Slices {
  std::vector<evaluate::Slice> attributes, values;
};
Slices slices_of(const evaluate::Retrieval& retrieval, const evaluate::GroundTruth& truth);

/// [{"attribute", "value" (of single values), "queries", "groups", "trusted", measures, "intervals"}]: whole attributes
/// first, then single values, these with the interval of the deciding measure alone.
nlohmann::ordered_json slices_json(const Slices& slices, const evaluate::Retrieval& retrieval);

/// A line for each whole attribute, by the deciding measure.
std::string slices_table(const Slices& slices, const evaluate::Retrieval& retrieval);

}  // namespace glimpse::app
