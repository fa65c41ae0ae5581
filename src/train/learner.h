#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "train/batch_stream.h"

namespace glimpse::train {

/// What one update was like.
struct StepResult {
  double loss = 0;  ///< Mean over the pairs, before the update.
  double gradient_norm = 0;
  double logit_scale = 1;
};

/// A tensor of the model under the name and in the shape that its own file has.
struct TrainedTensor {
  std::filesystem::path file;
  std::string name;
  checkpoint::Shape shape;
  std::vector<float> values;
};

/// What the loop trains: a model with its optimizer. The loop knows nothing of how gradients come about. Used from one
/// thread.
class Learner {
 public:
  virtual ~Learner() = default;

  virtual std::size_t dimension() const = 0;

  /// One update. Errors: a loss or gradient that is not finite (then nothing has changed); the model's.
  virtual Result<StepResult> step(const PairBatch& batch, double learning_rate) = 0;

  /// [pairs, dimension], unit rows, of the weights as blend() left them.
  virtual Result<std::vector<float>> embed_pictures(const PairBatch& batch) = 0;
  virtual Result<std::vector<float>> embed_texts(std::span<const std::string> texts) = 0;

  /// Whether it keeps what a frozen part of it makes of pixels, so that their keys are of use; and whether the pixels
  /// of a key are not needed any more, which, once true, stays true. From any thread.
  virtual bool keeps_pictures() const { return false; }
  virtual bool keeps(const Hash128& key) const {
    (void)key;
    return false;
  }

  /// From now on vectors are of weights between the original ones (0) and the trained ones (1). Steps need 1.
  virtual Result<void> blend(double alpha) = 0;
  /// All tensors of the model's files, blended so.
  virtual Result<std::vector<TrainedTensor>> weights(double alpha) = 0;

  /// What cosines are multiplied by, of the weights as blend() left them. Families that have no file for it lose it.
  virtual double logit_scale() const = 0;

  /// Everything that the next step depends on, into files of that directory; one that loads them goes on to the same
  /// bits.
  virtual Result<void> save(const std::filesystem::path& directory) = 0;
  virtual Result<void> load(const std::filesystem::path& directory) = 0;

 protected:
  Learner() = default;
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;
};

/// What a BatchStream asks about keys: nothing, where none is of use. The learner must outlive it.
inline std::function<bool(const Hash128&)> keeper_of(const Learner& learner) {
  if (!learner.keeps_pictures()) return {};
  return [&learner](const Hash128& key) { return learner.keeps(key); };
}

}  // namespace glimpse::train
