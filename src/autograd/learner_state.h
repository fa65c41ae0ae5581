#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "autograd/adamw.h"
#include "autograd/batch_check.h"
#include "autograd/frozen_part.h"
#include "autograd/guarded.h"
#include "autograd/learner.h"
#include "autograd/losses.h"
#include "autograd/matching.h"
#include "autograd/parameters.h"

// Internal to this room: what the parts of Learner share.
namespace glimpse::autograd {

/// One side of the model: its forward from rows begin to end (exclusive) of a batch, → [end - begin, width].
struct Tower {
  std::int64_t rows = 0;
  bool trained = false;
  std::function<at::Tensor(std::int64_t begin, std::int64_t end)> forward;
  /// Of pictures, for a model that is taught to match or to write captions, and for the latter of words too: that of
  /// which forward makes the embedding. Else the embedding.
  std::function<at::Tensor(std::int64_t begin, std::int64_t end)> look = {};

  /// All rows without gradients, `chunk` at a time.
  at::Tensor embed(std::int64_t chunk) const;
};

/// The embeddings of one side, and how a gradient gets from them into its parameters.
struct Side {
  Tower tower;
  std::int64_t chunk = 0;
  bool cached = false;
  at::Tensor embeddings = {};

  void embed() {
    cached = tower.trained && chunk < tower.rows;
    embeddings = cached || !tower.trained ? tower.embed(chunk) : tower.forward(0, tower.rows);
    if (cached) embeddings.set_requires_grad(true);
  }
  void take_back() const {
    if (!cached) return;
    const at::Tensor gradient = embeddings.grad();
    for (std::int64_t begin = 0; begin < tower.rows; begin += chunk) {
      const std::int64_t end = std::min(begin + chunk, tower.rows);
      tower.forward(begin, end).backward(gradient.slice(0, begin, end));
    }
  }
};

struct Learner::State {
  State(std::shared_ptr<const models::DualEncoder> opened, const LearnerOptions& wanted, ScopeRule rule)
      : model(std::move(opened)),
        options(wanted),
        parameters(std::move(rule), wanted.seed),
        features(wanted.features) {}

  std::shared_ptr<const models::DualEncoder> model;
  LearnerOptions options;
  LossKind loss_kind = LossKind::kSoftmax;
  const models::MatchModel* matching = nullptr;         ///< The model's own, when it is taught to match.
  const models::CaptionTeaching* captioning = nullptr;  ///< The model's own, when it is taught to write captions.
  BatchLimits limits;
  mutable Parameters parameters;
  checkpoint::TensorView log_scale, bias;  ///< `bias` has no bytes where the loss has none.
  std::optional<AdamW> optimizer;          ///< From the moment that all parameters are known.
  bool trains_images = false, trains_words = false;
  std::optional<FrozenPart> frozen_images, frozen_words;  ///< Run a row at a time, and kept.
  mutable FeatureStore features;
  double alpha = 1;
  double added_loss = 0, added_weight = 0;  ///< What accumulate() has added up.
  std::uint64_t added_batches = 0;

  Temperature temperature() const;
  at::Tensor loss(const at::Tensor& images, const at::Tensor& words, const Batch& batch) const;
  /// The spans are read while the towers are used. The batch was checked.
  Tower images(std::span<const float> pixels, std::int64_t rows, std::span<const Hash128> keys = {}) const;
  Tower words(const TextBatch& words, std::int64_t rows) const;
  /// The picture's side up to what others look at too, for a model that is taught more than to tell pairs apart; else
  /// all of it. read(): the same of the words' side.
  Result<nn::Value> see(nn::Graph& graph, nn::Value pixels) const;
  Result<nn::Value> read(nn::Graph& graph, const models::TextInput& input) const;
  /// What becomes of see(): [rows, width].
  at::Tensor embedding(const at::Tensor& seen) const;
  /// What becomes of read(): [rows, width].
  at::Tensor words_embedding(const at::Tensor& read) const;
  void forget_added();
  /// Rows at a time where no gradients are wanted.
  std::int64_t embedding_chunk() const { return options.micro_batch > 0 ? options.micro_batch : 32; }
};

/// Words as tensors: i64 ids and f32 mask, [rows, tokens]. The mask is undefined where there is none. The spans are
/// read while they are used.
struct WordTensors {
  at::Tensor ids, mask;
};
WordTensors tensors_of(const TextBatch& words, std::int64_t rows);

/// The same as add_gradients for a model that is taught to match; without gradients where they are switched off.
/// `given`: the pairs, instead of those that are drawn; for tests.
double learn_to_match(const Learner::State& state, const Batch& batch, std::int64_t rows, double weight,
                      const std::vector<MatchPair>& given = {});

/// The same as add_gradients for a model that is taught to write captions; without gradients where they are switched
/// off.
double learn_to_caption(const Learner::State& state, const Batch& batch, std::int64_t rows, double weight);

/// Rows of a tower whose lower part is frozen, by that part's keys: [end - begin, width]. Throw Refused and what
/// libtorch throws. mask: [rows, tokens].
at::Tensor image_rows(const Learner::State& state, const at::Tensor& pixels, std::span<const Hash128> keys,
                      std::int64_t begin, std::int64_t end);
at::Tensor word_rows(const Learner::State& state, const TextBatch& words, const at::Tensor& ids, const at::Tensor& mask,
                     std::int64_t begin, std::int64_t end);
/// Finds out what of the two towers is frozen. Throws what libtorch throws.
void find_frozen_parts(Learner::State& state);

/// What Learner::open opens.
Result<std::unique_ptr<Learner::State>> open_state(std::shared_ptr<const models::DualEncoder> model,
                                                   const LearnerOptions& options);

/// Adds the gradients of weight × the loss of a checked batch to the leaves'; returns the loss. Throws Refused, and
/// what libtorch throws.
double add_gradients(Learner::State& state, const Batch& batch, std::int64_t rows, double weight);

/// Throws Refused when a step's loss or its gradient's norm is no number.
void refuse_unless_finite(const char* what, double value);

}  // namespace glimpse::autograd
