#include "analyze/clusters.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace glimpse::analyze {
namespace {

constexpr std::size_t kWords = 4;

std::vector<Cluster> members_of(const Matrix& pictures, const KMeans& means) {
  std::vector<Cluster> clusters(means.centres.rows());
  std::vector<float> closeness(pictures.rows());
  for (std::size_t i = 0; i < pictures.rows(); ++i) {
    Cluster& own = clusters[means.assignment[i]];
    closeness[i] = dot(pictures.row(i), means.centres.row(means.assignment[i]));
    own.members.push_back(i);
    own.tightness += closeness[i];
  }
  std::erase_if(clusters, [](const Cluster& one) { return one.members.empty(); });
  for (Cluster& one : clusters) {
    one.tightness /= static_cast<double>(one.members.size());
    std::ranges::stable_sort(one.members, std::ranges::greater{}, [&](std::size_t i) { return closeness[i]; });
  }
  std::ranges::stable_sort(clusters, std::ranges::greater{}, [](const Cluster& one) { return one.members.size(); });
  return clusters;
}

void name_by_words(const CaptionSet& captions, Clustering& clustering) {
  std::vector<std::vector<std::string>> texts(clustering.clusters.size());
  std::vector<std::string> all;
  for (const CaptionLink& link : captions.links) {
    texts[clustering.assignment[link.picture]].push_back(captions.texts[link.text]);
    all.push_back(captions.texts[link.text]);
  }
  const auto counts = count_words(all);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    clustering.clusters[i].words = distinctive_words(counts, count_words(texts[i]), kWords);
  }
}

}  // namespace

Clustering cluster(const Matrix& pictures, std::size_t k, const CaptionSet* captions, std::uint64_t seed, int threads) {
  Clustering found;
  if (pictures.rows() == 0) return found;
  if (k == 0) {
    const Matrix sample = rows_of(pictures, evenly(pictures.rows(), kMostForElbow));
    found.elbow = choose_k(sample, kMostClusters, seed, threads);
    k = found.elbow.chosen;
  }
  found.clusters = members_of(pictures, spherical_kmeans(pictures, std::min(k, pictures.rows()), seed, threads));
  found.assignment.resize(pictures.rows());
  for (std::size_t c = 0; c < found.clusters.size(); ++c) {
    for (const std::size_t member : found.clusters[c].members) found.assignment[member] = c;
  }
  if (captions != nullptr) name_by_words(*captions, found);
  return found;
}

std::string name_of(const Cluster& cluster, std::size_t number) {
  return cluster.words.empty() ? fmt::format("group {}", number + 1)
                               : fmt::format("{}", fmt::join(cluster.words, ", "));
}

}  // namespace glimpse::analyze
