// Every point where the loop can be left, by a signal, an error or the death of the process, lies between two updates,
// and what comes next hangs on Progress and the learner alone. So going on means: load both, cut the curve back to
// that step, plan the same epoch again, skip the batches that are done. A validation belongs to the last step of its
// epoch: the checkpoint of that step is made after it.
#include "train/loop.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "base/file.h"
#include "train/batch_stream.h"
#include "train/sampler.h"
#include "train/schedule.h"

namespace glimpse::train {
namespace {

class Loop {
 public:
  Loop(Learner& learner, const LoopSettings& settings, const LoopInputs& inputs)
      : learner_(learner), settings_(settings), inputs_(inputs), checkpoints_(inputs.run / "checkpoints") {}

  Result<LoopOutcome> run() {
    GLIMPSE_RETURN_IF_ERROR(check_batches(inputs_.data, inputs_.split, settings_));
    plan_all();
    GLIMPSE_RETURN_IF_ERROR(begin());
    while (!progress_.finished) {
      GLIMPSE_RETURN_IF_ERROR(run_epoch());
    }
    const Progress reached = progress_;
    if (progress_.best_step != progress_.step) {
      GLIMPSE_RETURN_IF_ERROR(checkpoints_.load(learner_, progress_.best_step));
    }
    return LoopOutcome{.progress = reached,
                       .total = schedule_.total,
                       .stopped_early = reached.step < schedule_.total,
                       .left_out = first_left_out_,
                       .curve = *std::move(curve_)};
  }

 private:
  EpochPlan plan(std::uint64_t epoch) const {
    return plan_epoch(inputs_.data, inputs_.split.of(Part::kTrain), settings_.batch, settings_.seed, epoch);
  }

  /// How many steps there will be: epochs differ where captions clash.
  void plan_all() {
    schedule_ = {.peak = settings_.learning_rate, .warmup = 0, .total = 0};
    for (int epoch = 0; epoch < settings_.epochs; ++epoch) {
      const EpochPlan planned = plan(static_cast<std::uint64_t>(epoch));
      schedule_.total += static_cast<std::int64_t>(planned.batches.size());
      if (epoch == 0) first_left_out_ = planned.left_out;
    }
    schedule_.warmup = std::llround(settings_.warmup * static_cast<double>(schedule_.total));
  }

  Result<void> begin() {
    std::vector<std::string> remarks;
    GLIMPSE_ASSIGN_OR_RETURN(const auto found, checkpoints_.load_latest(learner_, remarks));
    for (const std::string& remark : remarks) {
      if (inputs_.remark) inputs_.remark(remark);
    }
    if (found) progress_ = *found;
    GLIMPSE_ASSIGN_OR_RETURN(curve_, Curve::open(inputs_.run / "curve.jsonl", found ? found->step : -1));
    if (found) return {};
    GLIMPSE_RETURN_IF_ERROR(validate());
    return checkpoint();
  }

  Result<void> checkpoint() {
    GLIMPSE_RETURN_IF_ERROR(curve_->sync());
    return checkpoints_.save(learner_, progress_);
  }

  Result<void> interrupted() {
    GLIMPSE_RETURN_IF_ERROR(checkpoint());
    return Error::cancelled("interrupted after step {} of {}: {} has it, --resume goes on", progress_.step,
                            schedule_.total, display(checkpoints_.latest()));
  }

  Result<void> run_epoch() {
    const EpochPlan planned = plan(progress_.epoch);
    BatchStream stream(inputs_.data, planned.batches,
                       {.preprocess = inputs_.preprocess,
                        .augmentation = settings_.augmentation,
                        .seed = settings_.seed,
                        .epoch = progress_.epoch,
                        .versions = settings_.versions,
                        .keeps = keeper_of(learner_),
                        .threads = settings_.decode_threads,
                        .first = progress_.batch});
    while (progress_.batch < planned.batches.size()) {
      if (inputs_.cancel.cancelled()) return interrupted();
      GLIMPSE_ASSIGN_OR_RETURN(const auto batch, stream.next());
      GLIMPSE_RETURN_IF_ERROR(update(batch));
      const bool last = progress_.batch == planned.batches.size();
      if (!last && progress_.step % settings_.checkpoint_every == 0) GLIMPSE_RETURN_IF_ERROR(checkpoint());
    }
    return end_epoch();
  }

  Result<void> update(const PairBatch& batch) {
    const double rate = schedule_.rate(progress_.step);
    auto done = learner_.step(batch, rate);
    if (!done) return stuck(done.error());
    if (!std::isfinite(done->loss)) return stuck(Error::invalid_argument("the loss is {}", done->loss));
    ++progress_.step;
    ++progress_.batch;
    GLIMPSE_RETURN_IF_ERROR(curve_->add(StepPoint{.step = progress_.step,
                                                  .epoch = progress_.epoch,
                                                  .loss = done->loss,
                                                  .rate = rate,
                                                  .gradient_norm = done->gradient_norm,
                                                  .logit_scale = done->logit_scale}));
    tell(batch.texts.size());
    return {};
  }

  Error stuck(const Error& error) const {
    return {error.code(), fmt::format("step {}: {}; the last good checkpoint is {}: a lower --lr or a longer --warmup "
                                      "may help",
                                      progress_.step + 1, error.message(), display(checkpoints_.latest()))};
  }

  Result<void> end_epoch() {
    ++progress_.epoch;
    progress_.batch = 0;
    GLIMPSE_RETURN_IF_ERROR(validate());
    const double score = curve_->validations().back().ndcg_10;
    if (score > progress_.best) {
      progress_.best = score;
      progress_.best_step = progress_.step;
      progress_.without_gain = 0;
    } else {
      ++progress_.without_gain;
    }
    const bool patient = settings_.patience == 0 || progress_.without_gain < settings_.patience;
    progress_.finished = !patient || progress_.epoch == static_cast<std::uint64_t>(settings_.epochs);
    return checkpoint();
  }

  Result<void> validate() {
    const Gallery gallery{&inputs_.data, inputs_.split.of(Part::kValidation)};
    GLIMPSE_ASSIGN_OR_RETURN(const Score score, measure(learner_, gallery,
                                                        {.preprocess = inputs_.preprocess,
                                                         .batch = settings_.batch,
                                                         .threads = settings_.decode_threads,
                                                         .cancel = nullptr}));
    GLIMPSE_RETURN_IF_ERROR(curve_->add(ValidationPoint{.step = progress_.step,
                                                        .epoch = progress_.epoch,
                                                        .ndcg_10 = score.ndcg_10,
                                                        .hit_1 = score.hit_1,
                                                        .hit_5 = score.hit_5,
                                                        .hit_10 = score.hit_10}));
    tell(0);
    return {};
  }

  void tell(std::size_t pairs) const {
    if (inputs_.watch)
      inputs_.watch({.step = progress_.step, .total = schedule_.total, .pairs = pairs, .curve = *curve_});
  }

  Learner& learner_;
  const LoopSettings& settings_;
  const LoopInputs& inputs_;
  Checkpoints checkpoints_;
  Schedule schedule_;
  Progress progress_;
  std::size_t first_left_out_ = 0;
  std::optional<Curve> curve_;
};

}  // namespace

Result<void> check_batches(const Dataset& data, const Split& split, const LoopSettings& settings) {
  const auto& pictures = split.of(Part::kTrain);
  for (int epoch = 0; epoch < settings.epochs; ++epoch) {
    const auto number = static_cast<std::uint64_t>(epoch);
    if (!plan_epoch(data, pictures, settings.batch, settings.seed, number).batches.empty()) return {};
  }
  return Error::invalid_argument(
      "not one batch can be made of {} pictures to train on: a batch needs two pictures with captions that differ",
      pictures.size());
}

Result<LoopOutcome> run_loop(Learner& learner, const LoopSettings& settings, const LoopInputs& inputs) {
  return Loop(learner, settings, inputs).run();
}

}  // namespace glimpse::train
