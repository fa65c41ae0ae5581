#pragma once

#include <cstddef>
#include <vector>

#include "analyze/captions.h"
#include "analyze/duplicates.h"
#include "analyze/vectors.h"

namespace glimpse::analyze {

/// How a caption and its picture go together, to the model.
struct Fit {
  CaptionLink link = {};
  double similarity = 0;        ///< Cosine.
  std::size_t rival = 0;        ///< The picture that the caption is closest to, other than its own and copies of them.
  double rival_similarity = 0;  ///< Its cosine; -1 where there is no other picture.
  std::size_t rank = 1;         ///< Of its own picture among the pictures compared, from 1.
};

struct CaptionFits {
  std::vector<double> similarities;  ///< Of each link.
  std::vector<Fit> worst;            ///< The lowest similarities, lowest first.
  std::vector<Fit> misplaced;        ///< Where a rival is furthest ahead, furthest first; a picture at most once.
  std::size_t first = 0;             ///< Links whose own picture is the closest.
  std::size_t compared = 0;          ///< Pictures that each caption was compared with.
};

/// Rivals are looked for among at most this many pictures, evenly spread.
inline constexpr std::size_t kMostRivals = 4'000;

/// `texts`: a row for each of captions.texts; `pictures`: a row for each picture. `originals`: copies, as
/// duplicates.h has them, are no rivals of each other. `keep`: how many of the worst and of the misplaced.
CaptionFits caption_fits(const CaptionSet& captions, const Matrix& texts, const Matrix& pictures,
                         const std::vector<std::size_t>& originals, std::size_t keep, int threads);

}  // namespace glimpse::analyze
