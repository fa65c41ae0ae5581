#include "torch_learner.h"

#include <algorithm>

#include "autograd/learner.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

/// Sentences as token ids, padded to the longest.
struct Tokens {
  std::vector<std::int32_t> ids;
  std::vector<float> mask;  ///< Empty: the model reads its padding.
  std::int64_t length = 0;

  autograd::TextBatch batch() const { return {.ids = ids, .mask = mask, .tokens = length}; }
};

Tokens tokenize(const text::Tokenizer& tokenizer, std::span<const std::string> texts) {
  std::vector<std::vector<text::TokenId>> rows;
  std::size_t longest = 1;
  for (const std::string& text : texts) {
    rows.push_back(tokenizer.encode(text));
    longest = std::max(longest, rows.back().size());
  }
  Tokens tokens{.ids = {}, .mask = {}, .length = static_cast<std::int64_t>(longest)};
  for (const auto& row : rows) {
    tokens.ids.insert(tokens.ids.end(), row.begin(), row.end());
    tokens.ids.insert(tokens.ids.end(), longest - row.size(), tokenizer.pad_id());
    if (tokenizer.pads_to_context_length()) continue;
    tokens.mask.insert(tokens.mask.end(), row.size(), 1.0f);
    tokens.mask.insert(tokens.mask.end(), longest - row.size(), 0.0f);
  }
  return tokens;
}

/// The flag's words for what the room calls all and last:N.
std::string scope_text(const std::string& scope) {
  constexpr std::string_view kBlocks = "blocks:";
  if (scope == "whole") return "all";
  return scope.starts_with(kBlocks) ? "last:" + scope.substr(kBlocks.size()) : scope;
}

class TorchLearner final : public train::Learner {
 public:
  TorchLearner(std::unique_ptr<autograd::Learner> learner, std::shared_ptr<const text::Tokenizer> tokenizer,
               std::size_t dimension)
      : learner_(std::move(learner)), tokenizer_(std::move(tokenizer)), dimension_(dimension) {}

  std::size_t dimension() const override { return dimension_; }

  Result<train::StepResult> step(const train::PairBatch& batch, double learning_rate) override {
    const Tokens tokens = tokenize(*tokenizer_, batch.texts);
    GLIMPSE_ASSIGN_OR_RETURN(
        const auto report,
        learner_->step({.pixels = batch.pixels, .words = tokens.batch(), .picture = batch.pictures, .keys = batch.keys},
                       learning_rate));
    return train::StepResult{
        .loss = report.loss, .gradient_norm = report.gradient_norm, .logit_scale = report.logit_scale};
  }

  Result<std::vector<float>> embed_pictures(const train::PairBatch& batch) override {
    return learner_->embed_images(batch.pixels, static_cast<std::int64_t>(batch.texts.size()), batch.keys);
  }
  Result<std::vector<float>> embed_texts(std::span<const std::string> texts) override {
    return learner_->embed_texts(tokenize(*tokenizer_, texts).batch());
  }

  bool keeps_pictures() const override { return learner_->keeps_pictures(); }
  bool keeps(const Hash128& key) const override { return learner_->keeps(key); }

  Result<void> blend(double alpha) override { return learner_->blend(alpha); }

  Result<std::vector<train::TrainedTensor>> weights(double alpha) override {
    GLIMPSE_ASSIGN_OR_RETURN(auto tensors, learner_->weights(alpha));
    std::vector<train::TrainedTensor> out;
    for (auto& tensor : tensors) {
      out.push_back(
          {std::move(tensor.file), std::move(tensor.name), std::move(tensor.shape), std::move(tensor.values)});
    }
    return out;
  }

  double logit_scale() const override { return learner_->logit_scale(); }

  Result<void> save(const fs::path& directory) override { return learner_->save(directory); }
  Result<void> load(const fs::path& directory) override { return learner_->load(directory); }

 private:
  std::unique_ptr<autograd::Learner> learner_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  std::size_t dimension_;
};

}  // namespace

Result<void> check_scope(const std::string& scope) {
  if (scope == "new-heads" || autograd::parse_scope(scope_text(scope))) return {};
  return Error::invalid_argument(
      "--scope {}: expected whole, blocks:N (the last ones of each tower), heads, lora:RANK, lora:RANK:ALPHA, or "
      "new-heads; numbers from 1 to 1024",
      scope);
}

Result<OpenLearner> open_torch_learner(std::shared_ptr<const models::DualEncoder> model,
                                       const train::Settings& settings, LearningMeans means) {
  GLIMPSE_ASSIGN_OR_RETURN(const autograd::Scope scope,
                           autograd::parse_scope(scope_text(settings.scope)).with_context("--scope"));
  const autograd::LearnerOptions options{.scope = scope,
                                         .objective = settings.loss == "contrastive"
                                                          ? autograd::Objective::kContrastive
                                                          : autograd::Objective::kPretraining,
                                         .micro_batch = settings.micro_batch,
                                         .weight_decay = settings.weight_decay,
                                         .max_gradient_norm = settings.max_gradient_norm,
                                         .head_rate = settings.head_rate,
                                         .bf16 = settings.precision == "bf16",
                                         .threads = means.threads,
                                         .seed = settings.seed,
                                         .features = std::move(means.features)};
  GLIMPSE_ASSIGN_OR_RETURN(auto tokenizer, model->tokenizer());
  const auto dimension = static_cast<std::size_t>(model->info().embedding_dimension);
  GLIMPSE_ASSIGN_OR_RETURN(auto learner, autograd::Learner::open(std::move(model), options));
  const auto summary = learner->summary();
  return OpenLearner{.learner = std::make_unique<TorchLearner>(std::move(learner), std::move(tokenizer), dimension),
                     .trained_tensors = static_cast<std::size_t>(summary.trained_tensors),
                     .trained_values = static_cast<std::size_t>(summary.trained_values)};
}

}  // namespace glimpse::app
