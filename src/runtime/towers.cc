// The two towers as compiled engines. Rows are brought to unit length once more in f32 after the graph (features
// apart): in bf16 the graph's own normalization leaves lengths between 0.99 and 1.01.
#include "runtime/towers.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/cpu.h"
#include "runtime/engine.h"

namespace glimpse::runtime {
namespace {

void normalize_rows(std::span<float> rows, std::size_t width) {
  for (std::size_t begin = 0; begin < rows.size(); begin += width) {
    const std::span<float> row = rows.subspan(begin, width);
    double squares = 0;
    for (const float x : row) squares += static_cast<double>(x) * x;
    const double length = std::sqrt(squares);
    if (length > 0) {
      for (float& x : row) x = static_cast<float>(x / length);
    }
  }
}

int threads_of(const RuntimeOptions& options) { return options.threads > 0 ? options.threads : available_cpus(); }

}  // namespace

struct ImageTower::State {
  int dimension = 0;
  bool unit_rows = true;
  int size = 0;
  int streams = 1;
  std::unique_ptr<Engine> engine;
};

ImageTower::ImageTower(std::unique_ptr<State> state) : state_(std::move(state)) {}
ImageTower::~ImageTower() = default;
int ImageTower::dimension() const { return state_->dimension; }
int ImageTower::streams() const { return state_->streams; }
const TowerOrigin& ImageTower::origin() const { return state_->engine->origin(); }
const std::string& ImageTower::key() const { return state_->engine->key(); }

Result<std::unique_ptr<ImageTower>> ImageTower::compile(const models::DualEncoder& model,
                                                        const RuntimeOptions& options) {
  models::ActivationRanges ranges;
  if (options.precision == Precision::kInt8) {
    ranges = options.ranges.empty() ? model.activation_ranges() : options.ranges;
    if (ranges.empty()) {
      return Error::unsupported("int8: nobody measured what the model '{}' needs; 'glimpse model calibrate' does",
                                model.info().name);
    }
  }
  auto state = std::make_unique<State>();
  state->dimension = model.info().embedding_dimension;
  state->unit_rows = model.info().unit_rows;
  state->size = model.preprocess().crop_size;
  state->streams = options.streams > 0 ? std::min(options.streams, threads_of(options)) : threads_of(options);
  const EngineSpec spec{.name = "image",
                        .fingerprint = model.info().fingerprint,
                        .precision = options.precision,
                        .ranges = std::move(ranges),
                        .streams = state->streams,
                        .threads = threads_of(options),
                        .cache_dir = options.cache_dir};
  const auto build = [&](OpenVinoGraph& graph) {
    return model.image_forward(
        graph, graph.parameter("pixels", nn::ElementType::kF32, {nn::kDynamic, 3, state->size, state->size}));
  };
  GLIMPSE_ASSIGN_OR_RETURN(state->engine, Engine::create(spec, build).with_context("picture tower"));
  return std::unique_ptr<ImageTower>(new ImageTower(std::move(state)));
}

Result<void> ImageTower::run(std::span<const float> pixels, int count, std::span<float> embeddings) const {
  const auto n = static_cast<std::size_t>(std::max(count, 0));
  const auto side = static_cast<std::size_t>(state_->size);
  const auto width = static_cast<std::size_t>(state_->dimension);
  if (n == 0 || pixels.size() != n * 3 * side * side || embeddings.size() != n * width) {
    return Error::invalid_argument("picture tower: expected {} x {} pixels and room for {} numbers, got {} and {}",
                                   count, 3 * side * side, n * width, pixels.size(), embeddings.size());
  }
  GLIMPSE_RETURN_IF_ERROR(state_->engine->run(pixels, {count, 3, state_->size, state_->size}, embeddings));
  if (state_->unit_rows) normalize_rows(embeddings, width);
  return {};
}

struct TextTower::State {
  int dimension = 0;
  int context_length = 0;
  int vocabulary_size = 0;
  std::unique_ptr<Engine> engine;

  Result<void> check(std::span<const text::TokenId> tokens) const {
    if (tokens.empty() || tokens.size() > static_cast<std::size_t>(context_length)) {
      return Error::invalid_argument("words' tower: expected 1 to {} tokens, got {}", context_length, tokens.size());
    }
    for (const text::TokenId token : tokens) {
      if (token < 0 || token >= vocabulary_size) {
        return Error::invalid_argument("words' tower: expected tokens below {}, got {}", vocabulary_size, token);
      }
    }
    return {};
  }
};

TextTower::TextTower(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextTower::~TextTower() = default;
int TextTower::dimension() const { return state_->dimension; }
const TowerOrigin& TextTower::origin() const { return state_->engine->origin(); }

Result<std::unique_ptr<TextTower>> TextTower::compile(const models::DualEncoder& model, const RuntimeOptions& options) {
  if (options.precision == Precision::kInt8) return Error::unsupported("words' tower: int8 is for pictures only");
  auto state = std::make_unique<State>();
  state->dimension = model.info().embedding_dimension;
  state->context_length = model.context_length();
  state->vocabulary_size = model.vocabulary_size();
  const EngineSpec spec{.name = "text",
                        .fingerprint = model.info().fingerprint,
                        .precision = options.precision,
                        .ranges = {},
                        .streams = 1,
                        .threads = threads_of(options),
                        .cache_dir = options.cache_dir};
  const auto build = [&](OpenVinoGraph& graph) {
    return model.text_forward(
        graph,
        {.ids = graph.parameter("ids", nn::ElementType::kI32, {nn::kDynamic, nn::kDynamic}), .mask = std::nullopt});
  };
  GLIMPSE_ASSIGN_OR_RETURN(state->engine, Engine::create(spec, build).with_context("words' tower"));
  return std::unique_ptr<TextTower>(new TextTower(std::move(state)));
}

Result<std::vector<float>> TextTower::run(std::span<const text::TokenId> tokens) const {
  GLIMPSE_RETURN_IF_ERROR(state_->check(tokens));
  std::vector<float> embedding(static_cast<std::size_t>(state_->dimension));
  const auto length = static_cast<std::int64_t>(tokens.size());
  GLIMPSE_RETURN_IF_ERROR(state_->engine->run(tokens, {1, length}, embedding));
  normalize_rows(embedding, embedding.size());
  return embedding;
}

Result<std::vector<float>> TextTower::run(std::span<const std::vector<text::TokenId>> sentences) const {
  constexpr std::size_t kMaxBatch = 64;
  std::map<std::size_t, std::vector<std::size_t>> by_length;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    GLIMPSE_RETURN_IF_ERROR(state_->check(sentences[i]));
    by_length[sentences[i].size()].push_back(i);
  }
  const auto width = static_cast<std::size_t>(state_->dimension);
  std::vector<float> embeddings(sentences.size() * width);
  for (const auto& [length, group] : by_length) {
    for (std::size_t begin = 0; begin < group.size(); begin += kMaxBatch) {
      const std::span<const std::size_t> rows =
          std::span(group).subspan(begin, std::min(kMaxBatch, group.size() - begin));
      std::vector<text::TokenId> ids;
      for (const std::size_t row : rows) ids.insert(ids.end(), sentences[row].begin(), sentences[row].end());
      std::vector<float> output(rows.size() * width);
      const nn::Shape shape = {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(length)};
      GLIMPSE_RETURN_IF_ERROR(state_->engine->run(ids, shape, output));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        std::copy_n(output.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                    embeddings.begin() + static_cast<std::ptrdiff_t>(rows[i] * width));
      }
    }
  }
  normalize_rows(embeddings, width);
  return embeddings;
}

}  // namespace glimpse::runtime
