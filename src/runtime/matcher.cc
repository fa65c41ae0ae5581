#include "runtime/matcher.h"

#include <algorithm>

#include "models/match_model.h"
#include "runtime/memory_tower.h"

namespace glimpse::runtime {

struct Matcher::State {
  int context_length, vocabulary_size;
  MemoryTower picture;
  std::unique_ptr<Engine> match;
};

Matcher::Matcher(std::unique_ptr<State> state) : state_(std::move(state)) {}
Matcher::~Matcher() = default;

Result<std::unique_ptr<Matcher>> Matcher::compile(const models::DualEncoder& model, const RuntimeOptions& options) {
  const models::MatchModel* matching = model.matching();
  if (matching == nullptr) {
    return Error::unsupported(
        "the model '{}' ({}) has no head that matches words with a picture: take one such as blip-itm-base-coco",
        model.info().name, model.info().family);
  }
  if (options.precision == Precision::kInt8) return Error::unsupported("matching: int8 is for picture towers only");
  GLIMPSE_ASSIGN_OR_RETURN(auto picture, MemoryTower::compile(model, *matching, options).with_context("matching"));
  const auto build = [&](OpenVinoGraph& graph) {
    const auto memory = graph.parameter("memory", nn::ElementType::kF32, picture.shape());
    return matching->match_forward(graph, memory,
                                   graph.parameter("ids", nn::ElementType::kI32, {nn::kDynamic, nn::kDynamic}));
  };
  GLIMPSE_ASSIGN_OR_RETURN(auto match,
                           Engine::create(side_by_side("match", model, options), build).with_context("matching"));
  return std::unique_ptr<Matcher>(new Matcher(std::make_unique<State>(
      State{model.context_length(), model.vocabulary_size(), std::move(picture), std::move(match)})));
}

Result<std::vector<float>> Matcher::look(std::span<const float> pixels) const {
  return state_->picture.run(pixels).with_context("matching");
}

Result<float> Matcher::match(std::span<const float> memory, std::span<const text::TokenId> ids) const {
  const bool known =
      std::ranges::all_of(ids, [&](text::TokenId id) { return id >= 0 && id < state_->vocabulary_size; });
  if (memory.size() != state_->picture.size() || !known || ids.empty() ||
      ids.size() > static_cast<std::size_t>(state_->context_length)) {
    return Error::invalid_argument(
        "matching: expected a picture's {} numbers and 1 to {} tokens below {}, got {} and {}", state_->picture.size(),
        state_->context_length, state_->vocabulary_size, memory.size(), ids.size());
  }
  const std::vector<EngineInput> inputs = {{.values = memory, .shape = state_->picture.shape()},
                                           {.values = ids, .shape = {1, std::ssize(ids)}}};
  std::vector<float> probability(1);
  GLIMPSE_RETURN_IF_ERROR(state_->match->run(inputs, probability));
  return probability[0];
}

}  // namespace glimpse::runtime
