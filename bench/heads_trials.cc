// What a recipe for new heads finds, for the trials in a model's card:
//   heads_trials MATERIAL [key=value…]
// MATERIAL: RUN/material of a `glimpse train --scope new-heads`. Keys: the settings below;
// folds=4 fits on three of four development parts and measures on the fourth, four times; folds=0 fits on all of them
// and measures on what was held out. Prints, as means over the folds, recall at 1, 5 and 10 and the mean reciprocal
// rank, each caption a query; and the mean average precision of two-word queries: each phrase that two or more pictures
// of a gallery have.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <string_view>

#include "autograd/ensemble.h"
#include "evaluate/measures.h"
#include "heads/material_files.h"

namespace {

using namespace glimpse;

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "heads_trials: {}\n", why);
  std::exit(2);
}

struct Trial {
  autograd::EnsembleSettings settings;
  int folds = 4;
  std::size_t versions = 100;
};

Trial parse(int argc, char** argv) {
  Trial trial;
  auto& contrastive = trial.settings.contrastive;
  auto& correlation = trial.settings.correlation;
  for (int i = 2; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::string_view key = argument.substr(0, argument.find('='));
    const double value = std::atof(argument.substr(std::min(key.size() + 1, argument.size())).data());
    if (key == "folds")
      trial.folds = static_cast<int>(value);
    else if (key == "versions")
      trial.versions = static_cast<std::size_t>(value);
    else if (key == "dimension")
      trial.settings.dimension = static_cast<std::int64_t>(value);
    else if (key == "heads")
      trial.settings.contrastive_heads = static_cast<int>(value);
    else if (key == "correlation")
      trial.settings.correlation_scale = static_cast<float>(value);
    else if (key == "seed")
      trial.settings.seed = static_cast<std::uint64_t>(value);
    else if (key == "threads")
      trial.settings.threads = static_cast<int>(value);
    else if (key == "width")
      contrastive.width = static_cast<std::int64_t>(value);
    else if (key == "epochs")
      contrastive.epochs = static_cast<int>(value);
    else if (key == "batch")
      contrastive.batch = static_cast<std::int64_t>(value);
    else if (key == "rate")
      contrastive.rate = value;
    else if (key == "decay")
      contrastive.weight_decay = value;
    else if (key == "dropout")
      contrastive.dropout = value;
    else if (key == "labelled")
      contrastive.labelled_share = value;
    else if (key == "own")
      contrastive.own_version = value;
    else if (key == "phrases")
      contrastive.phrase_share = value;
    else if (key == "mix")
      contrastive.caption_mix = value;
    else if (key == "soft")
      contrastive.soft_share = value;
    else if (key == "sharp")
      contrastive.soft_sharpness = value;
    else if (key == "sentences")
      contrastive.sentence_weight = value;
    else if (key == "correlation_phrases")
      correlation.phrases = static_cast<std::size_t>(value);
    else if (key == "correlation_labelled")
      correlation.labelled_share = value;
    else if (key == "correlation_width")
      correlation.width = static_cast<std::int64_t>(value);
    else if (key == "picture_ridge")
      correlation.picture_ridge = value;
    else if (key == "text_ridge")
      correlation.text_ridge = value;
    else
      fail(fmt::format("no setting is called '{}'", key));
  }
  return trial;
}

/// Cosines of a query with each picture of a gallery.
std::vector<float> scores_of(std::span<const float> query, const heads::Matrix& pictures) {
  std::vector<float> scores(static_cast<std::size_t>(pictures.rows));
  for (std::int64_t p = 0; p < pictures.rows; ++p) {
    scores[static_cast<std::size_t>(p)] = std::inner_product(query.begin(), query.end(), pictures.row(p).begin(), 0.0F);
  }
  return scores;
}

/// How well a query whose right pictures are known is answered. Of equal pictures the first stands first.
evaluate::Measures answered(std::span<const float> query, const heads::Matrix& pictures,
                            const std::vector<std::size_t>& right) {
  const std::vector<float> scores = scores_of(query, pictures);
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return scores[i]; });
  std::vector<int> grades;
  for (const std::size_t picture : order) grades.push_back(std::ranges::count(right, picture) != 0 ? 1 : 0);
  return evaluate::measure(grades, std::vector<int>(right.size(), 1), evaluate::kUsualCutoffs);
}

/// Mean average precision of the phrases that two or more of the pictures have.
double found_by_phrase(const autograd::Ensemble& ensemble, const heads::Material& material,
                       const std::vector<std::size_t>& gallery, const heads::Matrix& pictures) {
  std::map<std::int64_t, std::vector<std::size_t>> right;
  for (std::size_t i = 0; i < gallery.size(); ++i) {
    for (const std::int64_t phrase : material.pictures[gallery[i]].phrases) right[phrase].push_back(i);
  }
  std::erase_if(right, [](const auto& phrase) { return phrase.second.size() < 2; });
  std::vector<std::int64_t> rows;
  for (const auto& [phrase, owners] : right) rows.push_back(phrase);
  const heads::Matrix texts = ensemble.texts(heads::rows_of(material.texts, rows));
  double sum = 0;
  std::int64_t query = 0;
  for (const auto& [phrase, owners] : right) {
    sum += answered(texts.row(query++), pictures, owners).average_precision;
  }
  return sum / static_cast<double>(right.size());
}

/// Recall at 1, 5 and 10 and the mean reciprocal rank: each caption of the pictures a query, those pictures the
/// gallery; then what phrases find.
std::array<double, 5> found(const autograd::Ensemble& ensemble, const heads::Material& material,
                            const std::vector<std::size_t>& gallery) {
  std::vector<std::int64_t> captions;
  std::vector<std::size_t> owner;
  for (std::size_t i = 0; i < gallery.size(); ++i) {
    for (const std::int64_t caption : material.pictures[gallery[i]].captions) {
      captions.push_back(caption);
      owner.push_back(i);
    }
  }
  const std::vector<std::int64_t> rows(gallery.begin(), gallery.end());
  const heads::Matrix pictures = ensemble.pictures(heads::rows_of(material.versions[0], rows));
  const heads::Matrix texts = ensemble.texts(heads::rows_of(material.texts, captions));
  std::array<double, 5> sums{};
  for (std::size_t q = 0; q < captions.size(); ++q) {
    const auto measures = answered(texts.row(static_cast<std::int64_t>(q)), pictures, {owner[q]});
    for (std::size_t k = 0; k < 3; ++k) sums[k] += measures.hit_rate[k];
    sums[3] += measures.reciprocal_rank;
  }
  for (double& sum : sums) sum /= static_cast<double>(captions.size());
  sums[4] = found_by_phrase(ensemble, material, gallery, pictures);
  return sums;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) fail("usage: heads_trials MATERIAL [key=value…]");
  Trial trial = parse(argc, argv);
  auto read = heads::read_material(argv[1]);
  if (!read) fail(read.error().message());
  heads::Material material = *std::move(read);
  if (material.versions.size() > trial.versions) material.versions.resize(trial.versions);
  std::vector<std::size_t> development, held_out;
  for (std::size_t i = 0; i < material.pictures.size(); ++i) {
    if (!material.pictures[i].labelled) (material.pictures[i].held_out ? held_out : development).push_back(i);
  }
  std::array<double, 5> mean{};
  const int rounds = std::max(1, trial.folds);
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::size_t> gallery = held_out;
    if (trial.folds > 0) {
      gallery.clear();
      for (std::size_t i = 0; i < development.size(); ++i) {
        const bool out = static_cast<int>(i % static_cast<std::size_t>(trial.folds)) == round;
        material.pictures[development[i]].held_out = out;
        if (out) gallery.push_back(development[i]);
      }
    }
    const auto ensemble = autograd::fit_ensemble(material, trial.settings);
    if (!ensemble) fail(ensemble.error().message());
    const auto result = found(*ensemble, material, gallery);
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += result[k] / rounds;
  }
  fmt::print("R@1 {:.3f} R@5 {:.3f} R@10 {:.3f} MRR {:.3f} phrases {:.3f}", mean[0], mean[1], mean[2], mean[3],
             mean[4]);
  for (int i = 2; i < argc; ++i) fmt::print(" {}", argv[i]);
  fmt::print("\n");
}
