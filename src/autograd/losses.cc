#include "autograd/losses.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace glimpse::autograd {

LossKind loss_of(std::string_view family) { return family == "siglip" ? LossKind::kSigmoid : LossKind::kSoftmax; }

at::Tensor related_rows(const Batch& batch, std::int64_t rows) {
  at::Tensor related = at::zeros({rows, rows}, at::kBool);
  auto marks = related.accessor<bool, 2>();
  const auto sentence = [&](std::int64_t row) {
    return batch.words.ids.subspan(static_cast<std::size_t>(row * batch.words.tokens),
                                   static_cast<std::size_t>(batch.words.tokens));
  };
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < i; ++j) {
      const bool one_picture = !batch.picture.empty() &&
                               batch.picture[static_cast<std::size_t>(i)] == batch.picture[static_cast<std::size_t>(j)];
      if (one_picture || std::ranges::equal(sentence(i), sentence(j))) marks[i][j] = marks[j][i] = true;
    }
  }
  return related;
}

at::Tensor softmax_loss(const at::Tensor& image, const at::Tensor& text, const Temperature& t,
                        const at::Tensor& related) {
  at::Tensor logits = t.log_scale.exp() * at::matmul(image, text.t());
  logits = logits.masked_fill(related, -std::numeric_limits<float>::infinity());
  const at::Tensor right = at::arange(logits.size(0), at::kLong);
  return (at::cross_entropy_loss(logits, right) + at::cross_entropy_loss(logits.t(), right)) / 2;
}

at::Tensor sigmoid_loss(const at::Tensor& image, const at::Tensor& text, const Temperature& t,
                        const at::Tensor& related) {
  const at::Tensor logits = t.log_scale.exp() * at::matmul(image, text.t()) + t.bias;
  const at::Tensor sign = 2 * at::eye(logits.size(0), at::kFloat) - 1;
  const at::Tensor each = -at::log_sigmoid(sign * logits);
  return each.masked_fill(related, 0).sum() / logits.size(0);
}

}  // namespace glimpse::autograd
