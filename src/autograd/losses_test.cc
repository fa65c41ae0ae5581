#include "autograd/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace glimpse::autograd {
namespace {

const at::Tensor kNoneRelated = at::zeros({3, 3}, at::kBool);

struct Pairs {
  at::Tensor image, text;
};
Pairs pairs() {
  at::manual_seed(5);
  const auto unit = [](const at::Tensor& x) { return x / x.norm(2, -1, true); };
  return {unit(at::randn({3, 4})), unit(at::randn({3, 4}))};
}
double cosine(const Pairs& p, int i, int j) { return at::dot(p.image[i], p.text[j]).item<double>(); }

TEST(SoftmaxLoss, EqualsTheFormula) {
  const Pairs p = pairs();
  const double scale = 7;
  double expected = 0;
  for (int i = 0; i < 3; ++i) {
    double words = 0, pictures = 0;
    for (int j = 0; j < 3; ++j) {
      words += std::exp(scale * cosine(p, i, j));
      pictures += std::exp(scale * cosine(p, j, i));
    }
    expected += std::log(words) + std::log(pictures) - 2 * scale * cosine(p, i, i);
  }
  const Temperature t{.log_scale = at::tensor(std::log(7.0f)), .bias = {}};
  EXPECT_NEAR(softmax_loss(p.image, p.text, t, kNoneRelated).item<double>(), expected / 6, 1e-5);
}

TEST(SigmoidLoss, EqualsTheFormula) {
  const Pairs p = pairs();
  double expected = 0;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      const double logit = 7 * cosine(p, i, j) - 2;
      expected += std::log1p(std::exp(i == j ? -logit : logit));
    }
  }
  const Temperature t{.log_scale = at::tensor(std::log(7.0f)), .bias = at::tensor(-2.0f)};
  EXPECT_NEAR(sigmoid_loss(p.image, p.text, t, kNoneRelated).item<double>(), expected / 3, 1e-5);
}

// Rows 0 and 2 are related: words of 0 that come nearer to picture 2 change nothing but their own row's and 1's terms.
TEST(Losses, RelatedRowsAreNoNegatives) {
  at::Tensor related = at::zeros({3, 3}, at::kBool);
  related[0][2] = related[2][0] = true;
  const Temperature t{.log_scale = at::tensor(2.0f), .bias = at::tensor(-1.0f)};
  for (const auto& loss : {softmax_loss, sigmoid_loss}) {
    const Pairs p = pairs();
    const at::Tensor image = at::eye(4).slice(0, 0, 3).clone().set_requires_grad(true);
    const at::Tensor text = p.text.clone().set_requires_grad(true);
    loss(image, text, t, related).backward();
    // d loss / d text[0] is a sum of pictures weighted by what they have to do with it: none of picture 2, axis 2.
    EXPECT_EQ(text.grad()[0][2].item<float>(), 0.0f);
    EXPECT_NE(text.grad()[0][1].item<float>(), 0.0f);
    EXPECT_EQ(text.grad()[2][0].item<float>(), 0.0f);
    EXPECT_EQ(image.grad().isfinite().all().item<bool>(), true);
  }
}

TEST(RelatedRows, OnePictureOrTheSameWords) {
  const std::vector<std::int32_t> ids = {1, 2, 1, 3, 4, 5, 1, 2};
  const std::vector<std::int64_t> picture = {10, 11, 11, 12};
  const at::Tensor related =
      related_rows({.pixels = {}, .words = {.ids = ids, .mask = {}, .tokens = 2}, .picture = picture}, 4);
  at::Tensor expected = at::zeros({4, 4}, at::kBool);
  expected[1][2] = expected[2][1] = true;  // one picture
  expected[0][3] = expected[3][0] = true;  // the same words
  EXPECT_TRUE(related.equal(expected));
}

TEST(LossOf, SigmoidIsSiglips) {
  EXPECT_EQ(loss_of("siglip"), LossKind::kSigmoid);
  for (const char* family : {"clip", "coca", "blip", "dual"}) EXPECT_EQ(loss_of(family), LossKind::kSoftmax);
}

}  // namespace
}  // namespace glimpse::autograd
