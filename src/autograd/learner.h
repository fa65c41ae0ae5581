#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "autograd/feature_store.h"
#include "autograd/scope.h"
#include "base/hash.h"
#include "base/result.h"
#include "models/dual_encoder.h"

namespace glimpse::autograd {

/// What is learnt by.
enum class Objective {
  kPretraining,  ///< All that the family was pre-trained by, as far as the model has the parts for it.
  kContrastive   ///< Telling the pairs of a batch apart, and nothing else.
};

struct LearnerOptions {
  Scope scope = {};
  Objective objective = Objective::kPretraining;
  /// Rows that are differentiated at a time; 0: the whole batch. Smaller ones need less memory and give the same
  /// gradients (gradient caching), for one more forward. Source: Gao et al. 2021 (GradCache).
  std::int64_t micro_batch = 0;
  double beta1 = 0.9, beta2 = 0.98,
         epsilon = 1e-6;           ///< AdamW, as CLIP was trained. Source: Radford et al. 2021, table 18.
  double weight_decay = 0.1;       ///< Decoupled; not on tensors of fewer than two dimensions (norms, biases, scales).
  double max_gradient_norm = 1.0;  ///< Of all gradients together; 0: not clipped.
  double head_rate = 1.0;          ///< Heads and temperature learn at this many times the step's learning rate.
  bool bf16 = false;               ///< Matrix products in bf16, master weights and all else in f32.
  int threads = 0;                 ///< 0: as many as the machine has. With 1, the same steps give the same bits.
  std::uint64_t seed = 1;          ///< Of LoRA's first values, and of the negatives that matching is taught by.
  FeatureOptions features = {};    ///< What frozen parts of the towers give is kept; the results are the same.
};

/// Words, padded to one length as the model's tokenizer pads.
struct TextBatch {
  std::span<const std::int32_t> ids;  ///< [rows, tokens]
  /// [rows, tokens], 1 for what the tokenizer gave, 0 for padding behind it, which then changes nothing. Empty: no row
  /// is padded.
  std::span<const float> mask;
  std::int64_t tokens = 0;
};

/// Pairs of a picture and its words; everything else in the batch is a negative of a row, but for rows that show the
/// same picture or say the same words (identical ids), which are left out of its denominator.
struct Batch {
  std::span<const float> pixels;          ///< [rows, 3, size, size], preprocessed.
  TextBatch words;                        ///< rows sentences
  std::span<const std::int64_t> picture;  ///< [rows]: which picture it is. Empty: all differ.
  /// [rows]: equal keys mean equal pixels, so what a frozen part of the tower makes of them is computed once. Rows that
  /// are kept need no pixels, and where all are, `pixels` may be empty. Empty: no row is kept.
  std::span<const Hash128> keys = {};
};

struct StepReport {
  std::int64_t step = 0;     ///< How many updates there have been, this one included.
  double loss = 0;           ///< Mean over the rows, before the update; of all that is learnt by, added up.
  double gradient_norm = 0;  ///< Before clipping.
  double logit_scale = 1;    ///< After the update: exp(the learnt logarithm).
};

/// A tensor of the model under the name and in the shape that its own file has.
struct TrainedTensor {
  std::filesystem::path file;  ///< Which of the model's weight_files() it belongs to.
  std::string name;
  nn::Shape shape;
  std::vector<float> values;  ///< Row-major.
};

struct LearnerSummary {
  std::int64_t tensors = 0, values = 0;                  ///< That a forward reads.
  std::int64_t trained_tensors = 0, trained_values = 0;  ///< LoRA's A and B are counted, the matrices they change not.
};

/// Trains a dual encoder by the loss that its family was pre-trained with: CLIP's symmetric cross entropy, or SigLIP's
/// pairwise sigmoid; where the model has a side that matches (BLIP), matching with hard negatives besides, and where it
/// has one that writes captions (CoCa), twice the cross entropy of their tokens, unless heads alone are trained, which
/// those sides have no part in. All of an update happens or none of it. One at a time in a
/// process, from one thread: the number of threads that libtorch computes with is the process's.
class Learner {
 public:
  /// Reads all weights that the two forwards use as f32. Errors: those of image_forward and text_forward;
  /// invalid_argument (options out of range, a scope that leaves nothing to train).
  static Result<std::unique_ptr<Learner>> open(std::shared_ptr<const models::DualEncoder> model,
                                               const LearnerOptions& options = {});
  ~Learner();

  LearnerSummary summary() const;
  /// Names of the model's tensors that are trained, in the files' spelling, sorted.
  std::vector<std::string> trained() const;

  /// One update. Errors: invalid_argument (sizes that do not fit, ids outside the vocabulary, fewer than two rows; a
  /// loss or gradient that is not finite): then weights, moments and step are what they were.
  Result<StepReport> step(const Batch& batch, double learning_rate);

  /// The two halves of a step, for batches that are accumulated: gradients of weight × loss are added up, then applied.
  /// Returns the loss. An error forgets what was added.
  Result<double> accumulate(const Batch& batch, double weight = 1);
  Result<StepReport> apply(double learning_rate);

  /// The loss without gradients, for validation. Errors as step.
  Result<double> loss(const Batch& batch) const;
  /// [rows, embedding_dimension], unit rows, in micro-batches, without gradients. keys: as of a Batch. Errors as step.
  Result<std::vector<float>> embed_images(std::span<const float> pixels, std::int64_t rows,
                                          std::span<const Hash128> keys = {}) const;
  Result<std::vector<float>> embed_texts(const TextBatch& words) const;

  /// Whether a part of the pictures' tower is frozen, so that keys of pictures are of use.
  bool keeps_pictures() const;
  /// Whether the pixels of that key are not needed any more. From any thread. Once true, it stays true.
  bool keeps(const Hash128& key) const;
  FeatureUse kept() const;

  /// exp of the learnt logarithm: what cosines are multiplied with.
  double logit_scale() const;

  /// The tensors that training changes, the temperature too where a file has it, LoRA's updates merged; all others are
  /// as the files have them. `alpha` walks from the model as it was opened (0) to the trained one (1), tensor by
  /// tensor. Errors: io, corruption (a file that is no longer what it was); unsupported (a params_path in another
  /// layout than the model's own files). Source: Wortsman et al. 2022 (WiSE-FT).
  Result<std::vector<TrainedTensor>> weights(double alpha = 1) const;

  /// From now on embed_images, embed_texts, loss and logit_scale are those of weights(alpha). Steps need alpha 1.
  Result<void> blend(double alpha);

  /// The whole state in one file of that directory (parameters, moments, step, accumulated gradients not), written
  /// atomically: a learner of the same model and options that loads it goes on to the same bits. Errors: io.
  Result<void> save(const std::filesystem::path& directory) const;
  /// Errors: not_found; corruption; invalid_argument (of another model or scope). Then the learner is as it was.
  Result<void> load(const std::filesystem::path& directory);

  struct State;  ///< Of this room alone.

 private:
  explicit Learner(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::autograd
