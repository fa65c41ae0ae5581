#include "runtime/captioner.h"

#include "base/cpu.h"
#include "runtime/engine.h"

namespace glimpse::runtime {

struct Captioner::State {
  models::CaptionModel::Tokens tokens;
  int image_size = 0;
  int memory_tokens = 0, memory_width = 0;
  int kept_of_token = 0;
  std::unique_ptr<Engine> picture, next;

  std::size_t memory_size() const {
    return static_cast<std::size_t>(memory_tokens) * static_cast<std::size_t>(memory_width);
  }
};

Captioner::Captioner(std::unique_ptr<State> state) : state_(std::move(state)) {}
Captioner::~Captioner() = default;

Result<std::unique_ptr<Captioner>> Captioner::compile(const models::DualEncoder& model, const RuntimeOptions& options) {
  const models::CaptionModel* captions = model.captions();
  if (captions == nullptr) {
    return Error::unsupported("the model '{}' ({}) writes no captions: take a CoCa", model.info().name,
                              model.info().family);
  }
  if (options.precision == Precision::kInt8) return Error::unsupported("captions: int8 is for picture towers only");
  auto state = std::make_unique<State>();
  state->tokens = captions->caption_tokens();
  state->image_size = model.preprocess().crop_size;
  state->memory_tokens = captions->memory_tokens();
  state->memory_width = captions->memory_width();
  state->kept_of_token = captions->kept_of_token();
  const int threads = options.threads > 0 ? options.threads : available_cpus();
  const auto spec = [&](const char* name) {
    return EngineSpec{.name = name,
                      .fingerprint = model.info().fingerprint,
                      .precision = options.precision,
                      .ranges = {},
                      .streams = threads,
                      .threads = threads,
                      .cache_dir = options.cache_dir};
  };
  const auto build_picture = [&](OpenVinoGraph& graph) {
    return captions->memory_forward(
        graph, graph.parameter("pixels", nn::ElementType::kF32, {1, 3, state->image_size, state->image_size}));
  };
  const auto build_next = [&](OpenVinoGraph& graph) {
    const auto memory =
        graph.parameter("memory", nn::ElementType::kF32, {1, state->memory_tokens, state->memory_width});
    if (state->kept_of_token == 0) {
      return captions->next_forward(graph, memory,
                                    graph.parameter("ids", nn::ElementType::kI32, {nn::kDynamic, nn::kDynamic}));
    }
    const auto past = graph.parameter("past", nn::ElementType::kF32,
                                      {nn::kDynamic, nn::kDynamic, state->kept_of_token, state->memory_width});
    return captions->step_forward(graph, memory, past,
                                  graph.parameter("ids", nn::ElementType::kI32, {nn::kDynamic, nn::kDynamic}));
  };
  GLIMPSE_ASSIGN_OR_RETURN(state->picture, Engine::create(spec("memory"), build_picture).with_context("captions"));
  GLIMPSE_ASSIGN_OR_RETURN(
      state->next,
      Engine::create(spec(state->kept_of_token == 0 ? "next" : "step"), build_next).with_context("captions"));
  return std::unique_ptr<Captioner>(new Captioner(std::move(state)));
}

Result<std::vector<float>> Captioner::look(std::span<const float> pixels) const {
  const auto side = static_cast<std::size_t>(state_->image_size);
  if (pixels.size() != 3 * side * side) {
    return Error::invalid_argument("captions: expected {} pixels, got {}", 3 * side * side, pixels.size());
  }
  std::vector<float> memory(state_->memory_size());
  GLIMPSE_RETURN_IF_ERROR(state_->picture->run(pixels, {1, 3, state_->image_size, state_->image_size}, memory));
  return memory;
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
  if (memory.size() != state_->memory_size() || !even ||
      ids.size() / n > static_cast<std::size_t>(state_->tokens.context_length)) {
    return Error::invalid_argument("captions: expected {} rows of 1 to {} tokens, got {} tokens", rows,
                                   state_->tokens.context_length, ids.size());
  }
  if (state_->kept_of_token > 0) return read_new(memory, ids, rows, past);
  const std::vector<EngineInput> inputs = {
      {.values = memory, .shape = {1, state_->memory_tokens, state_->memory_width}},
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
  const std::size_t kept_size =
      static_cast<std::size_t>(state_->kept_of_token) * static_cast<std::size_t>(state_->memory_width);
  const std::vector<EngineInput> inputs = {
      {.values = memory, .shape = {1, state_->memory_tokens, state_->memory_width}},
      {.values = past.values(), .shape = {length - 1, rows, state_->kept_of_token, state_->memory_width}},
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
