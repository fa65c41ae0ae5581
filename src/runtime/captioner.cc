#include "runtime/captioner.h"

#include "runtime/memory_tower.h"

namespace glimpse::runtime {

struct Captioner::State {
  models::CaptionModel::Tokens tokens;
  MemoryTower picture;
  std::unique_ptr<Engine> next;
};

Captioner::Captioner(std::unique_ptr<State> state) : state_(std::move(state)) {}
Captioner::~Captioner() = default;

Result<std::unique_ptr<Captioner>> Captioner::compile(const models::DualEncoder& model, const RuntimeOptions& options) {
  const models::CaptionModel* captions = model.captions();
  if (captions == nullptr) {
    return Error::unsupported("the model '{}' ({}) writes no captions: take a CoCa or a BLIP", model.info().name,
                              model.info().family);
  }
  if (options.precision == Precision::kInt8) return Error::unsupported("captions: int8 is for picture towers only");
  GLIMPSE_ASSIGN_OR_RETURN(auto picture, MemoryTower::compile(model, *captions, options).with_context("captions"));
  const auto build_next = [&](OpenVinoGraph& graph) {
    const auto memory = graph.parameter("memory", nn::ElementType::kF32, picture.shape());
    return captions->next_forward(graph, memory,
                                  graph.parameter("ids", nn::ElementType::kI32, {nn::kDynamic, nn::kDynamic}));
  };
  GLIMPSE_ASSIGN_OR_RETURN(auto next,
                           Engine::create(side_by_side("next", model, options), build_next).with_context("captions"));
  return std::unique_ptr<Captioner>(
      new Captioner(std::make_unique<State>(State{captions->caption_tokens(), std::move(picture), std::move(next)})));
}

Result<std::vector<float>> Captioner::look(std::span<const float> pixels) const {
  return state_->picture.run(pixels).with_context("captions");
}

Result<std::vector<float>> Captioner::next(std::span<const float> memory, std::span<const text::TokenId> ids,
                                           int rows) const {
  const auto n = static_cast<std::size_t>(rows);
  const bool even = rows > 0 && !ids.empty() && ids.size() % n == 0;
  if (memory.size() != state_->picture.size() || !even ||
      ids.size() / n > static_cast<std::size_t>(state_->tokens.context_length)) {
    return Error::invalid_argument("captions: expected {} rows of 1 to {} tokens, got {} tokens", rows,
                                   state_->tokens.context_length, ids.size());
  }
  const std::vector<EngineInput> inputs = {{.values = memory, .shape = state_->picture.shape()},
                                           {.values = ids, .shape = {rows, static_cast<std::int64_t>(ids.size() / n)}}};
  std::vector<float> scores(n * static_cast<std::size_t>(state_->tokens.vocabulary_size));
  GLIMPSE_RETURN_IF_ERROR(state_->next->run(inputs, scores));
  return scores;
}

}  // namespace glimpse::runtime
