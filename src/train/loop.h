#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "train/augment.h"
#include "train/checkpoints.h"
#include "train/curve.h"
#include "train/dataset.h"
#include "train/learner.h"
#include "train/measure.h"
#include "train/split.h"

namespace glimpse::train {

struct LoopSettings {
  int epochs = 10;
  std::size_t batch = 32;       ///< Pairs of an update; at least 2.
  double learning_rate = 1e-5;  ///< At its peak.
  double warmup = 0.1;          ///< Share of all steps.
  int patience = 3;             ///< Epochs without a better validation score before it stops; 0: never stops early.
  std::int64_t checkpoint_every = 200;  ///< Steps; a checkpoint is also made at the end of each epoch.
  std::uint64_t seed = 1;
  Augmentation augmentation = {};
  std::uint64_t versions = 0;  ///< Looks at each picture, which take turns; 0: each epoch has its own.
  int decode_threads = 1;
};

/// What somebody who watches is told, on the loop's thread.
struct LoopNews {
  std::int64_t step = 0, total = 0;
  std::size_t pairs = 0;  ///< Of this update; 0 when it was a validation.
  const Curve& curve;
};

struct LoopInputs {
  const Dataset& data;
  const Split& split;
  image::PreprocessSpec preprocess = {};
  std::filesystem::path run;  ///< The run's directory: holds curve.jsonl and checkpoints/.
  const CancelToken& cancel;
  std::function<void(const LoopNews&)> watch = {};
  std::function<void(const std::string&)> remark = {};  ///< A sentence for people: a damaged checkpoint.
};

struct LoopOutcome {
  Progress progress;
  std::int64_t total = 0;  ///< Steps that were planned.
  bool stopped_early = false;
  std::size_t left_out = 0;  ///< Pictures of the first epoch that found no batch.
  Curve curve;
};

/// Whether a run of these settings has anything to do. Errors: invalid_argument: no batch can be made.
Result<void> check_batches(const Dataset& data, const Split& split, const LoopSettings& settings);

/// Trains from the latest whole checkpoint in the run's directory, or from the beginning, to the end; then the learner
/// has the weights of the best epoch. The same inputs give the same curve and the same weights however often it is
/// interrupted, as far as the learner itself computes the same bits each time.
/// Errors: cancelled (a checkpoint of this step was made); invalid_argument when the loss is not finite, naming the
/// last good checkpoint; no batch can be made; the learner's, a picture's, the disk's.
Result<LoopOutcome> run_loop(Learner& learner, const LoopSettings& settings, const LoopInputs& inputs);

}  // namespace glimpse::train
