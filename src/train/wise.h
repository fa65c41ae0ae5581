#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "train/learner.h"
#include "train/measure.h"

namespace glimpse::train {

/// How one blend of original (0) and trained (1) weights does: nDCG@10, text to image.
struct BlendScore {
  double alpha = 1;
  double validation = 0;
  std::optional<double> guard;
};

struct BlendChoice {
  double alpha = 1;
  std::vector<BlendScore> tried;  ///< Ascending; empty: nothing was to be chosen.
  bool guard_decided = false;     ///< A better one on validation was passed over for the guard's sake.
};

struct BlendOptions {
  Gallery validation;
  Gallery guard;                  ///< May be empty.
  double guard_tolerance = 0.01;  ///< How much the guard's score may lie below that of the original.
  MeasureOptions measuring;
};

/// The blend with the best validation score in 0, 0.1, … 1 among those that the guard admits; of equal ones the most
/// trained. The original is always admitted. The learner is left blended so.
/// Source: Wortsman et al. 2022 (WiSE-FT): a straight line between the two often holds better than either end.
Result<BlendChoice> choose_blend(Learner& learner, const BlendOptions& options);

}  // namespace glimpse::train
