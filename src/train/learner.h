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

  /// [rows, dimension], unit rows, of the weights as blend() left them. pixels: [rows, 3, size, size].
  virtual Result<std::vector<float>> embed_pictures(std::span<const float> pixels, std::size_t rows) = 0;
  virtual Result<std::vector<float>> embed_texts(std::span<const std::string> texts) = 0;

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

}  // namespace glimpse::train
