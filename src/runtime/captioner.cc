#include "runtime/captioner.h"

#include "runtime/memory_tower.h"

namespace glimpse::runtime {

struct Captioner::State {
  models::CaptionModel::Tokens tokens;
  MemoryTower picture;
  std::unique_ptr<Engine> next;
  int kept_of_token = 0;  ///< 0: the decoder reads the whole sentence each time.
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
  const int kept = captions->kept_of_token();
  const auto build_next = [&](OpenVinoGraph& graph) {
    const nn::Shape any = {nn::kDynamic, nn::kDynamic};
    const auto memory = graph.parameter("memory", nn::ElementType::kF32, picture.shape());
    if (kept == 0) return captions->next_forward(graph, memory, graph.parameter("ids", nn::ElementType::kI32, any));
    const auto past =
        graph.parameter("past", nn::ElementType::kF32, {nn::kDynamic, nn::kDynamic, kept, picture.shape()[2]});
    return captions->step_forward(graph, memory, past, graph.parameter("ids", nn::ElementType::kI32, any));
  };
  GLIMPSE_ASSIGN_OR_RETURN(
      auto next,
      Engine::create(side_by_side(kept == 0 ? "next" : "step", model, options), build_next).with_context("captions"));
  return std::unique_ptr<Captioner>(new Captioner(
      std::make_unique<State>(State{captions->caption_tokens(), std::move(picture), std::move(next), kept})));
}

Result<std::vector<float>> Captioner::look(std::span<const float> pixels) const {
  return state_->picture.run(pixels).with_context("captions");
}

Result<std::vector<float>> Captioner::next(std::span<const float> memory, std::span<const text::TokenId> ids,
                                           int rows) const {
  CaptionPast nothing;
  return next(memory, ids, rows, nothing);
}

Result<std::vector<float>> Captioner::next(std::span<const float> memory, std::span<const text::TokenId> ids, int rows,
                                           CaptionPast& past) const {
  const auto n = static_cast<std::size_t>(rows);
  const bool even = rows > 0 && !ids.empty() && ids.size() % n == 0;
  if (memory.size() != state_->picture.size() || !even ||
      ids.size() / n > static_cast<std::size_t>(state_->tokens.context_length)) {
    return Error::invalid_argument("captions: expected {} rows of 1 to {} tokens, got {} tokens", rows,
                                   state_->tokens.context_length, ids.size());
  }
  if (state_->kept_of_token > 0) return read_new(memory, ids, rows, past);
  const std::vector<EngineInput> inputs = {{.values = memory, .shape = state_->picture.shape()},
                                           {.values = ids, .shape = {rows, static_cast<std::int64_t>(ids.size() / n)}}};
  std::vector<float> scores(n * static_cast<std::size_t>(state_->tokens.vocabulary_size));
  GLIMPSE_RETURN_IF_ERROR(state_->next->run(inputs, scores));
  return scores;
}

Result<std::vector<float>> Captioner::read_new(std::span<const float> memory, std::span<const text::TokenId> ids,
                                               int rows, CaptionPast& past) const {
  const auto n = static_cast<std::size_t>(rows);
  const std::size_t length = ids.size() / n;
  past.turn_to(ids, n);
  std::vector<float> scores;
  std::vector<text::TokenId> read;
  while (past.tokens() < length) {
    read.clear();
    for (std::size_t row = 0; row < n; ++row) {
      const auto beginning = ids.subspan(row * length, past.tokens() + 1);
      read.insert(read.end(), beginning.begin(), beginning.end());
    }
    GLIMPSE_ASSIGN_OR_RETURN(scores, step(memory, read, rows, past));
  }
  return scores;
}

Result<std::vector<float>> Captioner::step(std::span<const float> memory, std::span<const text::TokenId> ids, int rows,
                                           CaptionPast& past) const {
  const auto n = static_cast<std::size_t>(rows);
  const auto length = static_cast<std::int64_t>(ids.size() / n);
  const auto vocabulary = static_cast<std::size_t>(state_->tokens.vocabulary_size);
  const std::int64_t width = state_->picture.shape()[2];
  const auto kept_size = static_cast<std::size_t>(state_->kept_of_token * width);
  const std::vector<EngineInput> inputs = {
      {.values = memory, .shape = state_->picture.shape()},
      {.values = past.values(), .shape = {length - 1, rows, state_->kept_of_token, width}},
      {.values = ids, .shape = {rows, length}}};
  std::vector<float> output(n * (vocabulary + kept_size));
  GLIMPSE_RETURN_IF_ERROR(state_->next->run(inputs, output));
  std::vector<float> scores, kept;
  std::vector<text::TokenId> last;
  for (std::size_t row = 0; row < n; ++row) {
    const auto own = std::span(output).subspan(row * (vocabulary + kept_size), vocabulary + kept_size);
    scores.insert(scores.end(), own.begin(), own.begin() + static_cast<std::ptrdiff_t>(vocabulary));
    kept.insert(kept.end(), own.begin() + static_cast<std::ptrdiff_t>(vocabulary), own.end());
    last.push_back(ids[(row + 1) * static_cast<std::size_t>(length) - 1]);
  }
  past.add(last, kept);
  return scores;
}

}  // namespace glimpse::runtime
