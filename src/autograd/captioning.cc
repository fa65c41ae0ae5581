// Captioning beside the contrastive loss, as CoCa was pre-trained. Each tower is run once up to what its embedding and
// the decoder are both made of. In micro-batches the contrastive loss first gives the gradient of every embedding; then
// each micro-batch is run once more, and goes back with its embeddings' gradients and its own share of the captions.
// The mean is over the tokens of the whole batch, as open_clip's CoCaLoss has it, so a long caption counts for more.
#include "autograd/captioning.h"

#include "autograd/learner_state.h"
#include "autograd/torch_graph.h"

namespace glimpse::autograd {
namespace {

using State = Learner::State;

/// Captions of a batch, and how many tokens are asked for in all of them.
struct Captions {
  at::Tensor ids;
  std::int64_t asked = 0;
};

/// The two sides of the same rows.
struct Rows {
  std::int64_t begin = 0, end = 0;
  at::Tensor seen, read;
};

Rows rows_of(const Tower& images, const Tower& words, std::int64_t begin, std::int64_t end) {
  return {.begin = begin, .end = end, .seen = images.look(begin, end), .read = words.look(begin, end)};
}

/// Their share of the loss of all captions.
at::Tensor share(const State& s, const Rows& rows, const Captions& captions) {
  const at::Tensor ids = captions.ids.slice(0, rows.begin, rows.end);
  const text::TokenId padding = s.captioning->padding();
  if (asked_tokens(ids, padding) == 0) return at::zeros({});
  TorchGraph g(s.parameters, s.options.bf16);
  const nn::Value scores = or_refused(s.captioning->following_forward(g, g.input(rows.seen), g.input(rows.read)));
  const at::Tensor sum = captioning_loss(g.at(scores).to(at::kFloat), ids, padding);
  return kCaptioningWeight * sum / static_cast<double>(captions.asked);
}

double value_of(const at::Tensor& loss) {
  const double value = loss.item<double>();
  refuse_unless_finite("loss", value);
  return value;
}

void back(const at::Tensor& loss) {
  if (loss.requires_grad()) loss.backward();
}

/// What has the gradient of the loss, as far as that comes through these rows of the embeddings `all`.
at::Tensor carried(const at::Tensor& embeddings, const at::Tensor& all, const Rows& rows) {
  if (!all.grad().defined()) return at::zeros({});
  return (embeddings * all.grad().slice(0, rows.begin, rows.end)).sum();
}

}  // namespace

std::int64_t asked_tokens(const at::Tensor& ids, text::TokenId padding) {
  return ids.slice(1, 1).ne(padding).sum().item<std::int64_t>();
}

at::Tensor captioning_loss(const at::Tensor& scores, const at::Tensor& ids, text::TokenId padding) {
  const at::Tensor following = ids.slice(1, 1).reshape({-1});
  return at::cross_entropy_loss(scores.flatten(0, 1), following, {}, at::Reduction::Sum, padding);
}

double learn_to_caption(const State& s, const Batch& batch, std::int64_t rows, double weight) {
  const std::int64_t chunk = s.options.micro_batch > 0 ? std::min(s.options.micro_batch, rows) : rows;
  const Tower images = s.images(batch.pixels, rows, batch.keys), words = s.words(batch.words, rows);
  const at::Tensor ids = tensors_of(batch.words, rows).ids;
  const Captions captions{.ids = ids, .asked = asked_tokens(ids, s.captioning->padding())};
  if (chunk == rows) {
    const Rows all = rows_of(images, words, 0, rows);
    const at::Tensor apart = s.loss(s.embedding(all.seen), s.words_embedding(all.read), batch);
    const at::Tensor loss = apart + share(s, all, captions);
    const double value = value_of(loss);
    back(loss * weight);
    return value;
  }
  const at::Tensor pictures = images.embed(chunk).set_requires_grad(true);
  const at::Tensor sentences = words.embed(chunk).set_requires_grad(true);
  const at::Tensor apart = s.loss(pictures, sentences, batch);
  double value = value_of(apart);
  back(apart * weight);
  for (std::int64_t begin = 0; begin < rows; begin += chunk) {
    const Rows some = rows_of(images, words, begin, std::min(begin + chunk, rows));
    const at::Tensor own = share(s, some, captions);
    value += value_of(own);
    back(own * weight + carried(s.embedding(some.seen), pictures, some) +
         carried(s.words_embedding(some.read), sentences, some));
  }
  return value;
}

}  // namespace glimpse::autograd
