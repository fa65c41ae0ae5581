#pragma once

#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "evaluate/interval.h"
#include "evaluate/retrieval.h"
#include "image/preprocess.h"
#include "train/dataset.h"
#include "train/learner.h"

namespace glimpse::train {

/// How well a learner finds pictures by their captions and captions by their pictures. Means over queries, 0 to 1.
struct Score {
  std::size_t pictures = 0, texts = 0;
  double ndcg_10 = 0, hit_1 = 0, hit_5 = 0, hit_10 = 0, mrr = 0;             ///< Text to image.
  double back_ndcg_10 = 0, back_hit_1 = 0, back_hit_5 = 0, back_hit_10 = 0;  ///< Image to text.
  std::vector<double> ndcg_10_of_texts;                                      ///< For each query, for comparisons.
  std::vector<int> clusters;  ///< Which queries hang together (evaluate/interval.h).
};

/// Pictures to measure on. `data` must outlive it.
struct Gallery {
  const Dataset* data = nullptr;
  std::vector<std::size_t> pictures;
  bool empty() const { return pictures.empty(); }
};

struct MeasureOptions {
  image::PreprocessSpec preprocess = {};
  std::size_t batch = 32;
  int threads = 1;
  const CancelToken* cancel = nullptr;
};

/// Ranks all for all. Rows as those of the truth. Equal sizes.
Score score_of(const evaluate::GroundTruth& truth, const evaluate::Matrix& texts, const evaluate::Matrix& pictures,
               int threads);

/// Embeds both sides with the learner's weights as they are blended and ranks all for all. An empty gallery has an
/// empty score. Errors: the learner's; a picture that cannot be read any more; cancelled.
Result<Score> measure(Learner& learner, const Gallery& gallery, const MeasureOptions& options);

/// The difference of nDCG@10, text to image, with its interval. Both of the same gallery.
evaluate::PairedDifference difference(const Score& before, const Score& after);

}  // namespace glimpse::train
