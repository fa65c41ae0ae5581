// Towers whose lower part is frozen: what it gives of a row is looked up, or computed of that row alone, so that it is
// the same whatever else is in the batch; then the trained part is run on all rows together. A sentence is computed at
// its own length, and ends in zeros where it stands beside a longer one: no token that counts looks at those.
#include "autograd/learner_state.h"
#include "autograd/torch_graph.h"
#include "base/assert.h"

namespace glimpse::autograd {
namespace {

using State = Learner::State;
using Part = SplitGraph::Part;
using Rows = std::vector<std::vector<std::byte>>;

template <typename F>
std::vector<std::byte> kept_or_made(const State& s, const Hash128& key, const F& build) {
  if (auto found = or_refused(s.features.find(key))) return *std::move(found);
  const at::NoGradGuard no_gradients;
  auto bytes = FrozenPart::packed(build());
  s.features.keep(key, bytes);
  return bytes;
}

nn::Value build_words(const State& s, SplitGraph& g, const at::Tensor& ids, const at::Tensor& mask) {
  const nn::Value id_value = g.input(ids);  // before the mask, in every part
  return or_refused(s.read(g, {.ids = id_value, .mask = g.input(mask)}));
}

/// Up to the last token that counts.
std::int64_t own_length(std::span<const float> mask) {
  std::size_t length = mask.size();
  while (length > 1 && mask[length - 1] == 0) --length;
  return static_cast<std::int64_t>(length);
}

Hash128 key_of(std::span<const std::int32_t> ids, std::span<const float> mask) {
  Hasher hasher;
  hasher.add("words");
  hasher.add(std::as_bytes(ids));
  hasher.add(std::as_bytes(mask));
  return hasher.finish();
}

}  // namespace

at::Tensor image_rows(const State& s, const at::Tensor& pixels, std::span<const Hash128> keys, std::int64_t begin,
                      std::int64_t end) {
  Rows rows;
  for (std::int64_t row = begin; row < end; ++row) {
    rows.push_back(kept_or_made(s, keys[static_cast<std::size_t>(row)], [&] {
      GLIMPSE_ASSERT(pixels.defined());  // what is kept stays kept
      TorchGraph runs(s.parameters, s.options.bf16);
      SplitGraph g(runs, s.frozen_images->plan(), Part::kFrozen);
      (void)or_refused(s.see(g, g.input(pixels.slice(0, row, row + 1))));
      return g.frontier();
    }));
  }
  const auto kept = s.frozen_images->unpacked(rows, 0);
  TorchGraph runs(s.parameters, s.options.bf16);
  SplitGraph g(runs, s.frozen_images->plan(), Part::kTrained, kept);
  return g.at(or_refused(s.see(g, g.input({}))));
}

at::Tensor word_rows(const State& s, const TextBatch& words, const at::Tensor& ids, const at::Tensor& mask,
                     std::int64_t begin, std::int64_t end) {
  const auto tokens = static_cast<std::size_t>(words.tokens);
  const std::span masks(mask.data_ptr<float>(), static_cast<std::size_t>(mask.numel()));
  Rows rows;
  for (std::int64_t row = begin; row < end; ++row) {
    const std::size_t at = static_cast<std::size_t>(row) * tokens;
    const std::int64_t length = own_length(masks.subspan(at, tokens));
    const auto count = static_cast<std::size_t>(length);
    rows.push_back(kept_or_made(s, key_of(words.ids.subspan(at, count), masks.subspan(at, count)), [&] {
      const auto own = [&](const at::Tensor& all) { return all.slice(0, row, row + 1).slice(1, 0, length); };
      TorchGraph runs(s.parameters, s.options.bf16);
      SplitGraph g(runs, s.frozen_words->plan(), Part::kFrozen);
      (void)build_words(s, g, own(ids), own(mask));
      return g.frontier();
    }));
  }
  const auto kept = s.frozen_words->unpacked(rows, words.tokens);
  TorchGraph runs(s.parameters, s.options.bf16);
  SplitGraph g(runs, s.frozen_words->plan(), Part::kTrained, kept);
  return g.at(build_words(s, g, ids.slice(0, begin, end), mask.slice(0, begin, end)));
}

void find_frozen_parts(State& s) {
  const ScopeKind kind = s.options.scope.kind;
  if (kind != ScopeKind::kHeads && kind != ScopeKind::kLastBlocks) return;
  const at::NoGradGuard no_gradients;
  const auto pictures = [&](SplitGraph& g, std::int64_t rows, std::int64_t) {
    return or_refused(s.see(g, g.input(at::zeros({rows, 3, s.limits.image_size, s.limits.image_size}))));
  };
  const auto sentences = [&](SplitGraph& g, std::int64_t rows, std::int64_t tokens) {
    return build_words(s, g, at::zeros({rows, tokens}, at::kLong), at::ones({rows, tokens}));
  };
  s.frozen_images = FrozenPart::of(s.parameters, s.options.bf16, pictures, false, 0);
  const std::int64_t tokens = std::min<std::int64_t>(4, s.limits.context_length - 1);
  if (tokens > 0) s.frozen_words = FrozenPart::of(s.parameters, s.options.bf16, sentences, true, tokens);
}

}  // namespace glimpse::autograd
