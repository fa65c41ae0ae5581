#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "library/library.h"

namespace glimpse::library {

/// What a root that cannot be reached keeps out of a generation.
struct UnreachableRoot {
  Root root;
  std::size_t pictures = 0;  ///< Of it, without a vector.
};

/// The pictures without a vector in a generation, by what can be done about them now.
struct LackingSurvey {
  std::vector<ImageId> here;         ///< Their files are there.
  std::vector<ImageId> gone;         ///< Their files are not, though the rest of their root is.
  std::vector<ImageId> unreachable;  ///< Of roots that are missing, empty or mostly vanished.
  std::vector<UnreachableRoot> unreachable_roots;
};

/// Looks at the disk: one stat for each picture that lacks a vector. Reads the library only. Errors: the library's.
Result<LackingSurvey> survey_lacking(const Library& library, GenerationId generation);

}  // namespace glimpse::library
