// Several heads are better than one, and all are linear, so together they are one matrix a side. The projection keeps
// the directions in which sentences vary most: they span little more than their own width however many heads there are,
// and what a picture has outside of that span no query can reach.
#include "autograd/ensemble.h"

#include <algorithm>
#include <cmath>

#include "autograd/contrastive.h"
#include "autograd/correlation.h"

namespace glimpse::autograd {
namespace {

using torch::Tensor;

Tensor joined_texts(const std::vector<heads::LinearHead>& heads, const Tensor& t) {
  std::vector<Tensor> parts;
  for (const heads::LinearHead& head : heads) parts.push_back(head.scale * read_texts(head, t));
  return torch::cat(parts, -1);
}

Tensor joined_pictures(const std::vector<heads::LinearHead>& heads, const Tensor& features) {
  const Tensor normalized = torch::layer_norm(features, {features.size(1)});
  std::vector<Tensor> parts;
  for (const heads::LinearHead& head : heads) {
    parts.push_back(head.scale * read_pictures(head, head.normalizes ? normalized : features));
  }
  return torch::cat(parts, -1);
}

/// Sentences without pictures where there are enough, else the captions that are learnt from.
Tensor sentences_of(const heads::Material& material) {
  std::vector<std::int64_t> rows;
  for (const auto& run : material.runs) rows.insert(rows.end(), run.begin(), run.end());
  if (rows.size() < static_cast<std::size_t>(material.texts.columns) * 2) {
    for (const heads::Picture& picture : material.pictures) {
      if (!picture.held_out) rows.insert(rows.end(), picture.captions.begin(), picture.captions.end());
    }
  }
  return view(material.texts).index_select(0, torch::tensor(rows));
}

heads::Matrix shared_projection(const std::vector<heads::LinearHead>& heads, const Tensor& sentences,
                                std::int64_t dimension) {
  const Tensor joined = unit(joined_texts(heads, sentences)).to(torch::kDouble);
  const Tensor vectors = std::get<1>(torch::linalg_eigh(joined.t().matmul(joined) / joined.size(0)));
  const std::int64_t width = vectors.size(1);
  return to_matrix(vectors.slice(1, width - dimension, width).flip(1).t());
}

Result<void> check(const heads::Material& material, const EnsembleSettings& settings) {
  const auto captioned =
      std::ranges::count_if(material.pictures, [](const heads::Picture& p) { return !p.labelled && !p.held_out; });
  if (captioned < 2) return Error::invalid_argument("expected two pictures with captions or more, got {}", captioned);
  if (material.versions.empty()) return Error::invalid_argument("expected features of the pictures, got none");
  const auto finite = [](const heads::Matrix& m) {
    return std::ranges::all_of(m.values, [](float v) { return std::isfinite(v); });
  };
  for (const heads::Matrix& version : material.versions) {
    if (version.rows != static_cast<std::int64_t>(material.pictures.size()) ||
        version.columns != material.versions.front().columns) {
      return Error::invalid_argument("features of pictures: expected {} rows of {}, got {} of {}",
                                     material.pictures.size(), material.versions.front().columns, version.rows,
                                     version.columns);
    }
    if (!finite(version)) return Error::invalid_argument("features of pictures: one is not a finite number");
  }
  if (!finite(material.texts)) return Error::invalid_argument("features of texts: one is not a finite number");
  for (const heads::Picture& picture : material.pictures) {
    if (picture.captions.empty()) return Error::invalid_argument("expected a caption for every picture");
  }
  const std::int64_t total = settings.contrastive.width * settings.contrastive_heads +
                             (settings.correlation_scale > 0 ? settings.correlation.width : 0);
  if (settings.dimension > total) {
    return Error::invalid_argument("expected at most the heads' {} dimensions in all, got {}", total,
                                   settings.dimension);
  }
  return {};
}

std::vector<heads::LinearHead> fit_heads(const heads::Material& material, const EnsembleSettings& settings,
                                         const std::function<void(const FitProgress&)>& progress) {
  const Tensors tensors(material);
  std::vector<heads::LinearHead> heads;
  const int total = settings.contrastive_heads + (settings.correlation_scale > 0 ? 1 : 0);
  if (settings.correlation_scale > 0) {
    heads.push_back(fit_correlation(material, tensors, settings.correlation));
    heads.back().scale = settings.correlation_scale;
  }
  for (int i = 0; i < settings.contrastive_heads; ++i) {
    const int number = static_cast<int>(heads.size());
    const auto epoch_done = [&](int epoch, double loss) {
      if (progress) progress({number, total, epoch, settings.contrastive.epochs, loss});
    };
    heads.push_back(fit_contrastive(material, tensors, settings.contrastive,
                                    settings.seed + static_cast<std::uint64_t>(i), epoch_done));
  }
  return heads;
}

}  // namespace

heads::Matrix Ensemble::pictures(const heads::Matrix& features) const {
  return to_matrix(unit(joined_pictures(heads, view(features)).matmul(view(projection).t())));
}

heads::Matrix Ensemble::texts(const heads::Matrix& features) const {
  return to_matrix(unit(joined_texts(heads, view(features)).matmul(view(projection).t())));
}

Result<Ensemble> fit_ensemble(const heads::Material& material, const EnsembleSettings& settings,
                              const std::function<void(const FitProgress&)>& progress) {
  GLIMPSE_RETURN_IF_ERROR(check(material, settings));
  if (settings.threads > 0) torch::set_num_threads(settings.threads);
  try {
    Ensemble ensemble{.heads = fit_heads(material, settings, progress), .projection = {}};
    ensemble.projection = shared_projection(ensemble.heads, sentences_of(material), settings.dimension);
    return ensemble;
  } catch (const std::exception& error) {  // libtorch's own
    return Error::internal("fitting heads: {}", error.what());
  }
}

}  // namespace glimpse::autograd
