#include "autograd/correlation.h"

#include <algorithm>

namespace glimpse::autograd {
namespace {

using torch::Tensor;

/// Second moments of one source, about its means; every picture weighs the same, however many texts it has.
struct Moments {
  Tensor picture_mean, text_mean;  ///< [x], [t]
  Tensor xx, tt, xt;               ///< [x, x], [t, t], [x, t]
};

/// The texts that a picture is correlated with: its captions and some phrases, or the name of its class.
std::vector<std::int64_t> texts_of(const heads::Picture& picture, std::size_t phrases) {
  if (picture.labelled) return {picture.captions.front()};
  std::vector<std::int64_t> texts = picture.captions;
  for (std::size_t i = 0; i < std::min(phrases, picture.phrases.size()); ++i) texts.push_back(picture.phrases[i]);
  return texts;
}

Moments moments_of(const heads::Material& material, const Tensors& tensors, const std::vector<std::int64_t>& pictures,
                   std::size_t phrases) {
  const auto count = static_cast<double>(pictures.size());
  std::vector<std::int64_t> rows;
  std::vector<double> weights;  // of each text: a picture's together are 1 / count
  std::vector<std::int64_t> owner;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto texts = texts_of(material.pictures[static_cast<std::size_t>(pictures[i])], phrases);
    for (const std::int64_t text : texts) {
      rows.push_back(text);
      weights.push_back(1 / (count * static_cast<double>(texts.size())));
      owner.push_back(static_cast<std::int64_t>(i));
    }
  }
  const Tensor x = tensors.pictures.index_select(1, torch::tensor(pictures)).to(torch::kDouble);  // [v, n, x]
  const Tensor t = tensors.texts.index_select(0, torch::tensor(rows)).to(torch::kDouble);         // [m, t]
  const Tensor weight = torch::tensor(weights, torch::kDouble).unsqueeze(1);                      // [m, 1]
  Moments m;
  m.picture_mean = x.mean(at::IntArrayRef{0, 1});
  m.text_mean = (t * weight).sum(0);
  const Tensor centred_x = x - m.picture_mean, centred_t = t - m.text_mean;
  const Tensor flat = centred_x.flatten(0, 1);
  m.xx = flat.t().matmul(flat) / flat.size(0);
  m.tt = (centred_t * weight).t().matmul(centred_t);
  const Tensor x_of_text = centred_x.mean(0).index_select(0, torch::tensor(owner));  // [m, x]
  m.xt = x_of_text.t().matmul(centred_t * weight);
  return m;
}

Tensor ridged(const Tensor& covariance, double amount) {
  return covariance + amount * covariance.diagonal().mean() * torch::eye(covariance.size(0), covariance.options());
}

}  // namespace

heads::LinearHead fit_correlation(const heads::Material& material, const Tensors& tensors,
                                  const CorrelationSettings& settings) {
  Moments m = moments_of(material, tensors, tensors.captioned, settings.phrases);
  if (!tensors.labelled.empty()) {
    const Moments labelled = moments_of(material, tensors, tensors.labelled, settings.phrases);
    const double share = settings.labelled_share;
    m.xx = (1 - share) * m.xx + share * labelled.xx;
    m.tt = (1 - share) * m.tt + share * labelled.tt;
    m.xt = (1 - share) * m.xt + share * labelled.xt;
  }
  const Tensor lower = torch::linalg_cholesky(ridged(m.xx, settings.picture_ridge));
  const auto [values, vectors] = torch::linalg_eigh(ridged(m.tt, settings.text_ridge));
  const Tensor text_whitening = vectors.matmul(torch::diag(values.rsqrt())).matmul(vectors.t());
  const Tensor whitened = torch::linalg_solve_triangular(lower, m.xt, /*upper=*/false).matmul(text_whitening);
  const auto [left, correlation, right] = torch::linalg_svd(whitened, /*full_matrices=*/false);
  const std::int64_t width = std::min<std::int64_t>(settings.width, correlation.size(0));
  const Tensor weight = correlation.slice(0, 0, width);
  Tensor w = (torch::linalg_solve_triangular(lower.t(), left.slice(1, 0, width), /*upper=*/true) * weight).t();
  Tensor v = (text_whitening.matmul(right.slice(0, 0, width).t()) * weight).t();
  w = w / w.norm(2, 1).mean();
  v = v / v.norm(2, 1).mean();
  return {.picture_weight = to_matrix(w),
          .picture_bias = to_vector(-w.matmul(m.picture_mean)),
          .text_weight = to_matrix(v),
          .text_bias = to_vector(-v.matmul(m.text_mean))};
}

}  // namespace glimpse::autograd
