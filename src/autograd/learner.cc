#include "autograd/learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <set>

#include "autograd/learner_state.h"
#include "autograd/threads.h"
#include "autograd/torch_graph.h"
#include "base/file.h"

namespace glimpse::autograd {
namespace {

using checkpoint::Checkpoint;
using checkpoint::TensorView;

/// Where training starts that is not told a temperature: CLIP's and BLIP's own beginning.
constexpr float kFirstScale = 1 / 0.07f;

Result<std::vector<std::shared_ptr<const Checkpoint>>> open_all(const models::WeightFiles& files) {
  std::vector<std::shared_ptr<const Checkpoint>> opened;
  std::vector<std::filesystem::path> paths = files.own;
  if (!files.params.empty()) paths.insert(paths.begin(), files.params);
  for (const auto& path : paths) {
    GLIMPSE_ASSIGN_OR_RETURN(std::shared_ptr<const Checkpoint> file, checkpoint::open(path));
    opened.push_back(std::move(file));
  }
  return opened;
}

/// A number of that name, or behind a wrapper's prefix, in the first file that has it.
const TensorView* find_number(const std::vector<std::shared_ptr<const Checkpoint>>& files, std::string_view name) {
  for (const auto& file : files) {
    for (const TensorView& tensor : file->tensors()) {
      const bool named = tensor.name == name || tensor.name.ends_with(fmt::format(".{}", name));
      if (named && checkpoint::element_count(tensor.shape) == 1) return &tensor;
    }
  }
  return nullptr;
}

/// A number that no file has, as if one had it.
TensorView made_number(const std::string& name, float value, Parameters& parameters) {
  const auto storage = std::make_shared<std::array<std::byte, sizeof(float)>>();
  std::memcpy(storage->data(), &value, sizeof(float));
  parameters.retain(storage);
  return {.name = name, .dtype = checkpoint::DType::kF32, .shape = {}, .strides = {}, .bytes = *storage};
}

void find_temperature(Learner::State& state, const std::vector<std::shared_ptr<const Checkpoint>>& files) {
  const auto number = [&](const std::string& name, float otherwise) {
    const TensorView* found = find_number(files, name);
    return found != nullptr ? *found : made_number(name, otherwise, state.parameters);
  };
  const float scale = state.model->info().logit_scale;
  state.log_scale = number("logit_scale", std::log(scale == 1 ? kFirstScale : scale));
  if (state.loss_kind == LossKind::kSigmoid) state.bias = number("logit_bias", -10);
  (void)state.temperature();
}

/// The tensors with which words look at pictures.
void meet_matching(const Learner::State& state, const TextBatch& words) {
  if (state.matching == nullptr) return;
  TorchGraph g(state.parameters, state.options.bf16);
  const nn::Shape memory = {1, state.matching->memory_tokens(), state.matching->memory_width()};
  const WordTensors row = tensors_of(words, 1);
  (void)or_refused(state.matching->pair_forward(g, g.input(at::zeros(memory)),
                                                {.ids = g.input(row.ids), .mask = g.input(row.mask)}));
}

/// The tensors that write captions.
void meet_captioning(const Learner::State& state, const Tower& images, const Tower& words) {
  if (state.captioning == nullptr) return;
  TorchGraph g(state.parameters, state.options.bf16);
  (void)or_refused(state.captioning->following_forward(g, g.input(images.look(0, 1)), g.input(words.look(0, 1))));
}

/// One short row through both towers, so that every parameter is met.
Result<void> meet_parameters(Learner::State& state) {
  const std::vector<float> pixels(static_cast<std::size_t>(3 * state.limits.image_size * state.limits.image_size));
  const std::vector<std::int32_t> ids(static_cast<std::size_t>(std::min<std::int64_t>(state.limits.context_length, 4)));
  const std::vector<float> mask(ids.size(), 1.0f);
  const TextBatch words{.ids = ids, .mask = mask, .tokens = static_cast<std::int64_t>(ids.size())};
  return guarded("open the model for training", [&] {
    state.trains_images = state.images(pixels, 1).forward(0, 1).requires_grad();
    state.trains_words = state.words(words, 1).forward(0, 1).requires_grad();
    meet_matching(state, words);
    meet_captioning(state, state.images(pixels, 1), state.words(words, 1));
    state.parameters.seal();
    find_frozen_parts(state);
  });
}

Result<void> check(const LearnerOptions& o) {
  const auto number = [](const char* what, double value, double from, double to) -> Result<void> {
    if (std::isfinite(value) && value >= from && value <= to) return {};
    return Error::invalid_argument("{}: expected {} to {}, got {}", what, from, to, value);
  };
  GLIMPSE_RETURN_IF_ERROR(number("micro-batch", static_cast<double>(o.micro_batch), 0, 1 << 20));
  GLIMPSE_RETURN_IF_ERROR(number("beta1", o.beta1, 0, 0.999999));
  GLIMPSE_RETURN_IF_ERROR(number("beta2", o.beta2, 0, 0.9999999));
  GLIMPSE_RETURN_IF_ERROR(number("epsilon", o.epsilon, 1e-20, 1));
  GLIMPSE_RETURN_IF_ERROR(number("weight decay", o.weight_decay, 0, 100));
  GLIMPSE_RETURN_IF_ERROR(number("greatest gradient norm", o.max_gradient_norm, 0, 1e9));
  GLIMPSE_RETURN_IF_ERROR(number("rate of the heads", o.head_rate, 0, 1e6));
  GLIMPSE_RETURN_IF_ERROR(number("blocks", static_cast<double>(o.scope.blocks), 1, 1024));
  GLIMPSE_RETURN_IF_ERROR(number("LoRA's rank", static_cast<double>(o.scope.rank), 1, 1024));
  GLIMPSE_RETURN_IF_ERROR(number("LoRA's alpha", o.scope.alpha, 1e-6, 1e6));
  return number("threads", o.threads, 0, 1024);
}

}  // namespace

Result<std::unique_ptr<Learner::State>> open_state(std::shared_ptr<const models::DualEncoder> model,
                                                   const LearnerOptions& options) {
  GLIMPSE_RETURN_IF_ERROR(check(options));
  if (model->info().embedding_dimension == 0) {
    return Error::unsupported("'{}' has no embeddings, so there is nothing that contrastive training could improve",
                              model->info().name);
  }
  set_threads(options.threads);
  GLIMPSE_ASSIGN_OR_RETURN(const auto files, open_all(model->weight_files()));
  std::vector<std::string> names;
  for (const auto& file : files) {
    for (const TensorView& tensor : file->tensors()) names.push_back(tensor.name);
  }
  auto state = std::make_unique<Learner::State>(std::move(model), options, ScopeRule(options.scope, names));
  state->loss_kind = loss_of(state->model->info().family);
  state->limits = {.image_size = state->model->preprocess().crop_size,
                   .context_length = state->model->context_length(),
                   .vocabulary_size = state->model->vocabulary_size()};
  if (options.objective == Objective::kPretraining && options.scope.kind != ScopeKind::kHeads) {
    state->matching = state->model->matching();
    state->captioning = state->model->caption_teaching();
  }
  for (const auto& file : files) state->parameters.retain(file);
  find_temperature(*state, files);
  GLIMPSE_RETURN_IF_ERROR(meet_parameters(*state));
  if (!state->trains_images && !state->trains_words) {
    return Error::invalid_argument("to train '{}' leaves nothing to train in this model but its temperature",
                                   to_string(options.scope));
  }
  state->optimizer.emplace(state->parameters.leaves(), AdamWOptions{.beta1 = options.beta1,
                                                                    .beta2 = options.beta2,
                                                                    .epsilon = options.epsilon,
                                                                    .weight_decay = options.weight_decay,
                                                                    .head_rate = options.head_rate});
  return state;
}

Learner::Learner(std::unique_ptr<State> state) : state_(std::move(state)) {}
Learner::~Learner() = default;

Result<std::unique_ptr<Learner>> Learner::open(std::shared_ptr<const models::DualEncoder> model,
                                               const LearnerOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(auto state, open_state(std::move(model), options));
  return std::unique_ptr<Learner>(new Learner(std::move(state)));
}

LearnerSummary Learner::summary() const {
  LearnerSummary summary;
  for (const auto& [key, parameter] : state_->parameters.all()) {
    ++summary.tensors;
    summary.values += parameter.master.numel();
  }
  for (const Leaf& leaf : state_->optimizer->leaves()) {
    ++summary.trained_tensors;
    summary.trained_values += leaf.value.numel();
  }
  return summary;
}

std::vector<std::string> Learner::trained() const {
  std::set<std::string> names;
  for (const auto& [key, parameter] : state_->parameters.all()) {
    if (parameter.trained) names.insert(parameter.view.name);
  }
  return {names.begin(), names.end()};
}

bool Learner::keeps_pictures() const { return state_->frozen_images.has_value(); }
bool Learner::keeps(const Hash128& key) const { return keeps_pictures() && state_->features.holds(key); }
FeatureUse Learner::kept() const { return state_->features.use(); }

double Learner::logit_scale() const { return std::exp(state_->temperature().log_scale.item<double>()); }

}  // namespace glimpse::autograd
