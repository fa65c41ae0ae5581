// Matching with hard negatives. A picture's memory is large, and is needed by its own pair, by the one with other words
// and by all whose words drew it. So pictures are gone through chunk by chunk: the memory is computed once, cut off,
// and everything that looks at it, its embedding among it, leaves its gradient there; then that goes back through the
// tower once. In micro-batches this is gradient caching, with the pairs beside it.
#include "autograd/matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "autograd/learner_state.h"
#include "autograd/torch_graph.h"
#include "base/hash.h"

namespace glimpse::autograd {
namespace {

using State = Learner::State;

constexpr double kLittleMore = 1e-4;  // as BLIP's own program adds

/// A row other than `own` and its relatives; -1: there is none.
std::int64_t draw(const at::Tensor& weights, const at::Tensor& related, std::int64_t own, std::mt19937_64& random) {
  const auto weight = weights.accessor<double, 1>();
  const auto relative = related.accessor<bool, 2>()[own];
  double sum = 0;
  std::int64_t last = -1;
  const auto open = [&](std::int64_t j) { return j != own && !relative[j]; };
  for (std::int64_t j = 0; j < weights.size(0); ++j) {
    if (!open(j)) continue;
    sum += weight[j] + kLittleMore;
    last = j;
  }
  double left = static_cast<double>(random() >> 11) * 0x1p-53 * sum;
  for (std::int64_t j = 0; j < last; ++j) {
    if (!open(j)) continue;
    left -= weight[j] + kLittleMore;
    if (left < 0) return j;
  }
  return last;
}

/// Pictures begin to end, seen with gradients where the tower has any.
struct Seen {
  std::int64_t begin = 0, end = 0;
  at::Tensor memory;
  at::Tensor cut;  ///< The memory, where the gradients of all who look at it meet.

  void take_back() const {
    if (memory.requires_grad() && cut.grad().defined()) memory.backward(cut.grad());
  }
};

Seen see(const Tower& tower, std::int64_t begin, std::int64_t end) {
  Seen seen{.begin = begin, .end = end, .memory = tower.look(begin, end), .cut = {}};
  seen.cut = seen.memory.detach();
  if (seen.memory.requires_grad()) seen.cut.set_requires_grad(true);
  return seen;
}

void back(const at::Tensor& loss) {
  if (loss.requires_grad()) loss.backward();
}

at::Tensor rows_of(const at::Tensor& all, std::span<const MatchPair> pairs, std::int64_t MatchPair::* row,
                   std::int64_t begin) {
  const at::Tensor index = at::empty({static_cast<std::int64_t>(pairs.size())}, at::kLong);
  auto numbers = index.accessor<std::int64_t, 1>();
  for (std::size_t i = 0; i < pairs.size(); ++i) numbers[static_cast<std::int64_t>(i)] = pairs[i].*row - begin;
  return all.index_select(0, index);
}

at::Tensor scores_of(const State& s, const Seen& seen, const WordTensors& words, std::span<const MatchPair> pairs) {
  TorchGraph g(s.parameters, s.options.bf16);
  models::TextInput input{.ids = g.input(rows_of(words.ids, pairs, &MatchPair::words, 0)), .mask = std::nullopt};
  if (words.mask.defined()) input.mask = g.input(rows_of(words.mask, pairs, &MatchPair::words, 0));
  const nn::Value memory = g.input(rows_of(seen.cut, pairs, &MatchPair::picture, seen.begin));
  const at::Tensor scores = g.at(or_refused(s.matching->pair_forward(g, memory, input)));
  return scores.to(at::kFloat);
}

/// The pairs of those pictures, `chunk` at a time; their share of the mean over `count` pairs.
double match(const State& s, const Seen& seen, const WordTensors& words, std::span<const MatchPair> all,
             std::int64_t chunk, double weight) {
  std::vector<MatchPair> own;
  std::ranges::copy_if(all, std::back_inserter(own),
                       [&](const MatchPair& pair) { return pair.picture >= seen.begin && pair.picture < seen.end; });
  double sum = 0;
  for (std::size_t at = 0; at < own.size(); at += static_cast<std::size_t>(chunk)) {
    const auto some = std::span(own).subspan(at, std::min(static_cast<std::size_t>(chunk), own.size() - at));
    const at::Tensor loss = matching_loss(scores_of(s, seen, words, some), some) / static_cast<double>(all.size());
    sum += loss.item<double>();
    back(loss * weight);
  }
  return sum;
}

std::uint64_t seed_of(const State& s) {
  return hash128(fmt::format("matching {} {} {}", s.options.seed, s.optimizer->steps(), s.added_batches)).low;
}

}  // namespace

std::vector<MatchPair> draw_pairs(const at::Tensor& images, const at::Tensor& words, double logit_scale,
                                  const at::Tensor& related, std::uint64_t seed) {
  const at::Tensor logits = logit_scale * at::matmul(images.to(at::kDouble), words.to(at::kDouble).t());
  const at::Tensor to_words = at::softmax(logits, 1), to_pictures = at::softmax(logits.t(), 1);
  std::mt19937_64 random(seed);
  std::vector<MatchPair> pairs;
  for (std::int64_t i = 0; i < logits.size(0); ++i) pairs.push_back({i, i, true});
  for (std::int64_t i = 0; i < logits.size(0); ++i) {
    if (const std::int64_t other = draw(to_words[i], related, i, random); other >= 0) pairs.push_back({i, other});
    if (const std::int64_t other = draw(to_pictures[i], related, i, random); other >= 0) pairs.push_back({other, i});
  }
  return pairs;
}

at::Tensor matching_loss(const at::Tensor& scores, std::span<const MatchPair> pairs) {
  const at::Tensor right = at::empty({static_cast<std::int64_t>(pairs.size())}, at::kLong);
  auto classes = right.accessor<std::int64_t, 1>();
  for (std::size_t i = 0; i < pairs.size(); ++i) classes[static_cast<std::int64_t>(i)] = pairs[i].right ? 1 : 0;
  return at::cross_entropy_loss(scores, right, {}, at::Reduction::Sum);
}

double learn_to_match(const State& s, const Batch& batch, std::int64_t rows, double weight,
                      const std::vector<MatchPair>& given) {
  const std::int64_t chunk = s.options.micro_batch > 0 ? std::min(s.options.micro_batch, rows) : rows;
  const bool whole = chunk == rows;
  const Tower images = s.images(batch.pixels, rows, batch.keys);
  std::optional<Seen> all;
  if (whole) all = see(images, 0, rows);
  at::Tensor pictures = whole ? s.embedding(all->cut) : images.embed(chunk).set_requires_grad(true);
  Side words{.tower = s.words(batch.words, rows), .chunk = chunk};
  words.embed();
  const at::Tensor loss = s.loss(pictures, words.embeddings, batch);
  double value = loss.item<double>();
  refuse_unless_finite("loss", value);
  const double scale = std::exp(s.temperature().log_scale.item<double>());
  const auto pairs = given.empty() ? draw_pairs(pictures.detach(), words.embeddings.detach(), scale,
                                                related_rows(batch, rows), seed_of(s))
                                   : given;
  back(loss * weight);
  words.take_back();
  for (std::int64_t begin = 0; begin < rows; begin += chunk) {
    const std::int64_t end = std::min(begin + chunk, rows);
    const Seen seen = whole ? *all : see(images, begin, end);
    if (!whole && pictures.grad().defined()) s.embedding(seen.cut).backward(pictures.grad().slice(0, begin, end));
    value += match(s, seen, tensors_of(batch.words, rows), pairs, chunk, weight);
    seen.take_back();
  }
  refuse_unless_finite("loss", value);
  return value;
}

}  // namespace glimpse::autograd
