// The two sides of a model as functions of rows.
#include "autograd/learner_state.h"
#include "autograd/torch_graph.h"

namespace glimpse::autograd {
namespace {

at::Tensor view_of(std::span<const float> values, const nn::Shape& shape) {
  return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);  // only read
}

}  // namespace

at::Tensor Tower::embed(std::int64_t chunk) const {
  const at::NoGradGuard no_gradients;
  if (chunk >= rows) return forward(0, rows);
  std::vector<at::Tensor> parts;
  for (std::int64_t begin = 0; begin < rows; begin += chunk)
    parts.push_back(forward(begin, std::min(begin + chunk, rows)));
  return at::cat(parts, 0);
}

Tower Learner::State::images(std::span<const float> pixels, std::int64_t rows, std::span<const Hash128> keys) const {
  Tower tower{.rows = rows, .trained = trains_images, .forward = {}};
  const nn::Shape shape = {rows, 3, limits.image_size, limits.image_size};
  const at::Tensor all = pixels.empty() ? at::Tensor() : view_of(pixels, shape);
  if (frozen_images && !keys.empty()) {
    tower.look = [this, all, keys](std::int64_t begin, std::int64_t end) {
      return image_rows(*this, all, keys, begin, end);
    };
  } else {
    tower.look = [this, all](std::int64_t begin, std::int64_t end) {
      TorchGraph g(parameters, options.bf16);
      return g.at(or_refused(see(g, g.input(all.slice(0, begin, end)))));
    };
  }
  tower.forward = [this, look = tower.look](std::int64_t begin, std::int64_t end) {
    return embedding(look(begin, end));
  };
  return tower;
}

Result<nn::Value> Learner::State::see(nn::Graph& g, nn::Value pixels) const {
  if (matching != nullptr) return matching->memory_forward(g, pixels);
  return captioning != nullptr ? captioning->seen_forward(g, pixels) : model->image_forward(g, pixels);
}

Result<nn::Value> Learner::State::read(nn::Graph& g, const models::TextInput& input) const {
  return captioning != nullptr ? captioning->read_forward(g, input) : model->text_forward(g, input);
}

at::Tensor Learner::State::embedding(const at::Tensor& seen) const {
  if (matching == nullptr && captioning == nullptr) return seen;
  TorchGraph g(parameters, options.bf16);
  const nn::Value x = g.input(seen);
  return g.at(
      or_refused(matching != nullptr ? matching->embedding_forward(g, x) : captioning->picture_embedding(g, x)));
}

at::Tensor Learner::State::words_embedding(const at::Tensor& read) const {
  if (captioning == nullptr) return read;
  TorchGraph g(parameters, options.bf16);
  return g.at(or_refused(captioning->words_embedding(g, g.input(read))));
}

WordTensors tensors_of(const TextBatch& words, std::int64_t rows) {
  const nn::Shape shape = {rows, words.tokens};
  const at::Tensor ids = at::from_blob(const_cast<std::int32_t*>(words.ids.data()), shape, at::kInt);  // only read
  return {.ids = ids.to(at::kLong), .mask = words.mask.empty() ? at::Tensor() : view_of(words.mask, shape)};
}

Tower Learner::State::words(const TextBatch& words, std::int64_t rows) const {
  Tower tower{.rows = rows, .trained = trains_words, .forward = {}};
  const auto [ids, mask] = tensors_of(words, rows);
  if (frozen_words) {
    tower.look = [this, words, ids = ids, mask = mask](std::int64_t begin, std::int64_t end) {
      return word_rows(*this, words, ids, mask.defined() ? mask : at::ones_like(ids, at::kFloat), begin, end);
    };
  } else {
    tower.look = [this, ids = ids, mask = mask](std::int64_t begin, std::int64_t end) {
      TorchGraph g(parameters, options.bf16);
      models::TextInput input{.ids = g.input(ids.slice(0, begin, end)), .mask = std::nullopt};
      if (mask.defined()) input.mask = g.input(mask.slice(0, begin, end));
      return g.at(or_refused(read(g, input)));
    };
  }
  tower.forward = [this, look = tower.look](std::int64_t begin, std::int64_t end) {
    return words_embedding(look(begin, end));
  };
  return tower;
}

Temperature Learner::State::temperature() const {
  return {.log_scale = parameters.value(log_scale), .bias = bias.bytes.empty() ? at::Tensor() : parameters.value(bias)};
}

at::Tensor Learner::State::loss(const at::Tensor& image, const at::Tensor& text, const Batch& batch) const {
  const at::Tensor related = related_rows(batch, image.size(0));
  return loss_kind == LossKind::kSoftmax ? softmax_loss(image, text, temperature(), related)
                                         : sigmoid_loss(image, text, temperature(), related);
}

}  // namespace glimpse::autograd
