// A step. With micro-batches smaller than the batch the gradients are cached: all rows are embedded without recording
// anything; the loss gives the gradient of every embedding; then each micro-batch is embedded once more, recorded, and
// taken back from its embeddings' gradients. The sum is the gradient of the whole batch's loss, in the memory of one
// micro-batch. Source: Gao et al. 2021, sec. 3.2.
#include <cmath>

#include "autograd/learner_state.h"

namespace glimpse::autograd {
namespace {

constexpr double kMaxLogScale = 4.605170185988092;  // ln 100, as CLIP clamps

auto kept_by(const Learner::State& s) {
  return [&s](const Hash128& key) { return s.frozen_images.has_value() && s.features.holds(key); };
}

}  // namespace

void refuse_unless_finite(const char* what, double value) {
  if (std::isfinite(value)) return;
  throw Refused(Error::invalid_argument("the {} is {}; nothing was changed. Clip gradients, or look at the batch", what,
                                        std::isnan(value) ? "not a number" : "infinite"));
}

double add_gradients(Learner::State& s, const Batch& batch, std::int64_t rows, double weight) {
  if (s.matching != nullptr) return learn_to_match(s, batch, rows, weight);
  if (s.captioning != nullptr) return learn_to_caption(s, batch, rows, weight);
  const std::int64_t chunk = s.options.micro_batch > 0 ? s.options.micro_batch : rows;
  Side images{.tower = s.images(batch.pixels, rows, batch.keys), .chunk = chunk};
  Side words{.tower = s.words(batch.words, rows), .chunk = chunk};
  images.embed();
  words.embed();
  const at::Tensor loss = s.loss(images.embeddings, words.embeddings, batch);
  const double value = loss.item<double>();
  refuse_unless_finite("loss", value);
  (loss * weight).backward();
  images.take_back();
  words.take_back();
  return value;
}

void Learner::State::forget_added() {
  optimizer->forget_gradients();
  added_loss = added_weight = 0;
  added_batches = 0;
}

Result<double> Learner::accumulate(const Batch& batch, double weight) {
  State& s = *state_;
  GLIMPSE_ASSIGN_OR_RETURN(const std::int64_t rows, check_batch(batch, s.limits, kept_by(s)));
  if (s.alpha != 1) return Error::invalid_argument("a blended model cannot be trained on: blend(1) first");
  if (!std::isfinite(weight) || weight <= 0)
    return Error::invalid_argument("a batch's weight must be above 0, got {}", weight);
  auto loss = guarded("train on a batch", [&] { return add_gradients(s, batch, rows, weight); });
  if (!loss) {
    s.forget_added();
    return loss;
  }
  s.added_loss += weight * *loss;
  s.added_weight += weight;
  ++s.added_batches;
  return loss;
}

Result<StepReport> Learner::apply(double learning_rate) {
  State& s = *state_;
  if (s.added_weight == 0) return Error::invalid_argument("there are no gradients to apply: accumulate a batch first");
  if (!std::isfinite(learning_rate) || learning_rate < 0) {
    return Error::invalid_argument("learning rate: expected a number from 0 up, got {}", learning_rate);
  }
  auto report = guarded("update the weights", [&] {
    const double norm = s.optimizer->gradient_norm();
    refuse_unless_finite("gradient's norm", norm);
    const double most = s.options.max_gradient_norm;
    s.optimizer->step(learning_rate, most > 0 ? std::min(1.0, most / (norm + 1e-6)) : 1);
    if (s.loss_kind == LossKind::kSoftmax) {
      const at::NoGradGuard no_gradients;
      s.temperature().log_scale.clamp_(0, kMaxLogScale);
    }
    return StepReport{.step = s.optimizer->steps(),
                      .loss = s.added_loss / s.added_weight,
                      .gradient_norm = norm,
                      .logit_scale = logit_scale()};
  });
  s.forget_added();
  return report;
}

Result<StepReport> Learner::step(const Batch& batch, double learning_rate) {
  GLIMPSE_RETURN_IF_ERROR(accumulate(batch));
  return apply(learning_rate);
}

Result<double> Learner::loss(const Batch& batch) const {
  const State& s = *state_;
  GLIMPSE_ASSIGN_OR_RETURN(const std::int64_t rows, check_batch(batch, s.limits, kept_by(s)));
  return guarded("measure the loss", [&] {
    const at::NoGradGuard no_gradients;
    if (s.matching != nullptr) return learn_to_match(s, batch, rows, 1);
    if (s.captioning != nullptr) return learn_to_caption(s, batch, rows, 1);
    const at::Tensor images = s.images(batch.pixels, rows, batch.keys).embed(s.embedding_chunk());
    return s.loss(images, s.words(batch.words, rows).embed(s.embedding_chunk()), batch).item<double>();
  });
}

namespace {

std::vector<float> values_of(const at::Tensor& embeddings) {
  const at::Tensor dense = embeddings.contiguous();
  return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

}  // namespace

Result<std::vector<float>> Learner::embed_images(std::span<const float> pixels, std::int64_t rows,
                                                 std::span<const Hash128> keys) const {
  GLIMPSE_RETURN_IF_ERROR(check_pixels(pixels, rows, state_->limits, keys, kept_by(*state_)));
  return guarded("embed pictures",
                 [&] { return values_of(state_->images(pixels, rows, keys).embed(state_->embedding_chunk())); });
}

Result<std::vector<float>> Learner::embed_texts(const TextBatch& words) const {
  GLIMPSE_ASSIGN_OR_RETURN(const std::int64_t rows, check_words(words, state_->limits));
  return guarded("embed words", [&] { return values_of(state_->words(words, rows).embed(state_->embedding_chunk())); });
}

}  // namespace glimpse::autograd
