#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "image/preprocess.h"
#include "train/augment.h"
#include "train/dataset.h"
#include "train/sampler.h"

namespace glimpse::train {

/// Pairs of a picture and a caption, ready for a learner.
struct PairBatch {
  std::vector<float> pixels;           ///< [pairs, 3, size, size]
  std::vector<std::string> texts;      ///< One for each.
  std::vector<std::int64_t> pictures;  ///< The group of each: equal numbers show the same picture.
};

struct StreamOptions {
  image::PreprocessSpec preprocess = {};
  Augmentation augmentation = {};
  std::uint64_t seed = 0, epoch = 0;
  int threads = 1;        ///< That decode.
  std::size_t ahead = 2;  ///< Batches that are made before they are asked for: bounds the memory.
  std::size_t first = 0;  ///< The batch to begin with.
};

/// The batches of an epoch in their order, decoded by threads of its own ahead of the one that trains. What comes out
/// does not depend on the number of threads. Used from one thread; `data` and `batches` must outlive it.
class BatchStream {
 public:
  BatchStream(const Dataset& data, const std::vector<ExampleBatch>& batches, const StreamOptions& options);
  ~BatchStream();
  BatchStream(const BatchStream&) = delete;
  BatchStream& operator=(const BatchStream&) = delete;

  /// The next batch; there must be one. Errors: a picture that could be read when the run began and cannot now.
  Result<PairBatch> next();

 private:
  class Workers;
  std::unique_ptr<Workers> workers_;
};

}  // namespace glimpse::train
