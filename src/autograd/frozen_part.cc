#include "autograd/frozen_part.h"

#include <cstring>

#include "base/assert.h"

namespace glimpse::autograd {
namespace {

struct Noted {
  SplitPlan plan;
  std::vector<at::Tensor> frontier;
};

Noted note(Parameters& parameters, bool bf16, const NoteForward& forward, std::int64_t rows, std::int64_t tokens) {
  Noted noted;
  TorchGraph runs(parameters, bf16);
  SplitGraph g(runs, noted.plan);
  const nn::Value output = forward(g, rows, tokens);
  noted.plan.finish(std::span(&output, 1));
  noted.frontier = g.frontier();
  return noted;
}

const std::byte* bytes_of(const at::Tensor& dense) { return static_cast<const std::byte*>(dense.data_ptr()); }

}  // namespace

std::size_t FrozenPart::Kept::bytes() const {
  std::size_t count = at::elementSize(type);
  for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
  return count;
}

std::optional<FrozenPart> FrozenPart::of(Parameters& parameters, bool bf16, const NoteForward& forward,
                                         bool reads_words, std::int64_t tokens) {
  const Noted one = note(parameters, bf16, forward, 1, tokens);
  if (one.plan.frontier().empty() || (!reads_words && one.plan.reads_inputs())) return std::nullopt;
  const Noted two = note(parameters, bf16, forward, 2, tokens + 1);
  GLIMPSE_ASSERT(one.plan.size() == two.plan.size() && one.plan.frontier() == two.plan.frontier());
  FrozenPart part;
  for (std::size_t i = 0; i < one.frontier.size(); ++i) {
    const nn::Shape a = one.frontier[i].sizes().vec(), b = two.frontier[i].sizes().vec();
    if (a.empty() || a.size() != b.size() || a[0] != 1 || b[0] != 2) return std::nullopt;
    nn::Shape row(a.begin() + 1, a.end());
    const bool same = row == nn::Shape(b.begin() + 1, b.end());
    if (!same) {
      if (row[0] != tokens || b[1] != tokens + 1) return std::nullopt;
      row.erase(row.begin());
      if (row != nn::Shape(b.begin() + 2, b.end())) return std::nullopt;
    }
    part.kept_.push_back({one.frontier[i].scalar_type(), std::move(row), !same});
  }
  part.plan_ = one.plan;
  return part;
}

std::vector<std::byte> FrozenPart::packed(std::span<const at::Tensor> frontier) {
  std::vector<std::byte> bytes;
  for (const at::Tensor& tensor : frontier) {
    const at::Tensor dense = tensor.contiguous();
    bytes.insert(bytes.end(), bytes_of(dense), bytes_of(dense) + dense.nbytes());
  }
  return bytes;
}

std::size_t FrozenPart::bytes_of_row(std::int64_t tokens) const {
  std::size_t sum = 0;
  for (const Kept& kept : kept_) sum += kept.bytes() * (kept.by_token ? static_cast<std::size_t>(tokens) : 1);
  return sum;
}

std::vector<at::Tensor> FrozenPart::unpacked(std::span<const std::vector<std::byte>> rows, std::int64_t tokens) const {
  std::vector<std::size_t> fixed_and_by_token(2);
  for (const Kept& kept : kept_) fixed_and_by_token[kept.by_token ? 1 : 0] += kept.bytes();
  std::vector<std::size_t> begin(rows.size());
  std::vector<at::Tensor> tensors;
  for (const Kept& kept : kept_) {
    nn::Shape shape = {static_cast<std::int64_t>(rows.size())};
    if (kept.by_token) shape.push_back(tokens);
    shape.insert(shape.end(), kept.shape.begin(), kept.shape.end());
    const at::Tensor all = at::zeros(shape, kept.type);
    auto* out = static_cast<std::byte*>(all.data_ptr());
    for (std::size_t i = 0; i < rows.size(); ++i, out += all.nbytes() / rows.size()) {
      const std::size_t own_tokens =
          kept.by_token ? (rows[i].size() - fixed_and_by_token[0]) / fixed_and_by_token[1] : 1;
      GLIMPSE_ASSERT(own_tokens <= static_cast<std::size_t>(std::max<std::int64_t>(tokens, 1)));
      std::memcpy(out, rows[i].data() + begin[i], own_tokens * kept.bytes());
      begin[i] += own_tokens * kept.bytes();
    }
    tensors.push_back(all);
  }
  return tensors;
}

}  // namespace glimpse::autograd
