#include "analyze/caption_fit.h"

#include <algorithm>
#include <set>

#include "analyze/parallel.h"

namespace glimpse::analyze {
namespace {

struct Compared {
  const Matrix& texts;
  const Matrix& pictures;
  std::vector<std::size_t> rivals;
  const std::vector<std::size_t>& originals;

  /// The links of one text.
  void fit(std::size_t text, std::span<const CaptionLink> links, std::span<Fit> fits) const {
    std::set<std::size_t> own;
    for (const CaptionLink& link : links) own.insert(originals[link.picture]);
    std::vector<double> scores;
    Fit best{.rival_similarity = -1};
    for (const std::size_t picture : rivals) {
      if (own.contains(originals[picture])) continue;
      scores.push_back(dot(texts.row(text), pictures.row(picture)));
      if (scores.back() > best.rival_similarity) best = {.rival = picture, .rival_similarity = scores.back()};
    }
    for (std::size_t i = 0; i < links.size(); ++i) {
      fits[i] = best;
      fits[i].link = links[i];
      fits[i].similarity = dot(texts.row(text), pictures.row(links[i].picture));
      fits[i].rank += static_cast<std::size_t>(
          std::ranges::count_if(scores, [&](double score) { return score >= fits[i].similarity; }));
    }
  }
};

/// The first `keep` by `ahead`, each picture once.
std::vector<Fit> first_of_each_picture(std::vector<Fit> fits, std::size_t keep) {
  std::ranges::stable_sort(fits, std::ranges::greater{},
                           [](const Fit& fit) { return fit.rival_similarity - fit.similarity; });
  std::set<std::size_t> seen;
  std::vector<Fit> kept;
  for (const Fit& fit : fits) {
    if (kept.size() == keep || fit.rival_similarity <= fit.similarity) break;
    if (seen.insert(fit.link.picture).second) kept.push_back(fit);
  }
  return kept;
}

}  // namespace

CaptionFits caption_fits(const CaptionSet& captions, const Matrix& texts, const Matrix& pictures,
                         const std::vector<std::size_t>& originals, std::size_t keep, int threads) {
  const Compared compared{texts, pictures, evenly(pictures.rows(), kMostRivals), originals};
  std::vector<std::size_t> begins;  // links stand in the order of texts
  for (std::size_t i = 0; i < captions.links.size(); ++i) {
    if (i == 0 || captions.links[i].text != captions.links[i - 1].text) begins.push_back(i);
  }
  begins.push_back(captions.links.size());
  std::vector<Fit> fits(captions.links.size());
  for_each_index(begins.size() - 1, threads, [&](std::size_t i) {
    const std::size_t begin = begins[i], count = begins[i + 1] - begin;
    compared.fit(captions.links[begin].text, std::span(captions.links).subspan(begin, count),
                 std::span(fits).subspan(begin, count));
  });
  CaptionFits found;
  found.compared = compared.rivals.size();
  for (const Fit& fit : fits) {
    found.similarities.push_back(fit.similarity);
    found.first += fit.rank == 1 ? 1 : 0;
  }
  found.misplaced = first_of_each_picture(fits, keep);
  std::ranges::stable_sort(fits, {}, &Fit::similarity);
  fits.resize(std::min(keep, fits.size()));
  found.worst = std::move(fits);
  return found;
}

}  // namespace glimpse::analyze
