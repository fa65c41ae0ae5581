#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
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
  /// Equal keys mean equal pixels. Empty where every look is a new one. Rows whose key is kept have no pixels but
  /// zeros; where all are, `pixels` is empty.
  std::vector<Hash128> keys = {};
};

struct StreamOptions {
  image::PreprocessSpec preprocess = {};
  Augmentation augmentation = {};
  std::uint64_t seed = 0, epoch = 0;
  /// How many looks there are at a picture, which take turns over the epochs; 0: each epoch has its own.
  std::uint64_t versions = 0;
  /// Whether the pixels of that key are not needed. Called from the stream's threads; what is kept stays kept. Empty:
  /// batches have no keys.
  std::function<bool(const Hash128&)> keeps = {};
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
