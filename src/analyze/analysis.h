#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyze/caption_fit.h"
#include "analyze/captions.h"
#include "analyze/classes.h"
#include "analyze/clusters.h"
#include "analyze/duplicates.h"
#include "analyze/map.h"
#include "analyze/neighbours.h"
#include "analyze/pictures.h"

namespace glimpse::analyze {

struct AnalysisOptions {
  std::size_t clusters = 0;  ///< 0: chosen.
  std::uint64_t seed = 1;
  int threads = 1;
  std::size_t keep = 24;                 ///< Entries of each list of bad fits and of similar pairs.
  std::function<bool()> cancelled = {};  ///< Asked now and then in what takes longest; the rest is then left out.
};

/// What was read of a data set.
struct Material {
  std::filesystem::path folder;
  std::vector<PictureFacts> pictures;
  std::vector<UnreadableFile> unreadable;
  std::optional<CaptionSet> captions;
  std::optional<TokenCounter> tokens;
  Matrix vectors;       ///< A row for each picture; no rows without a model.
  Matrix text_vectors;  ///< A row for each text of the captions; no rows without a model.
};

/// The space of the model: groups, a map, pictures that it takes for nearly the same.
struct Space {
  Clustering clustering;
  std::vector<std::size_t> mapped;  ///< Pictures on the map, evenly spread when there are more than kMostMapped.
  std::vector<MapPoint> map;        ///< A point for each of `mapped`.
  std::vector<Pair> pairs;          ///< With a cosine of kSimilar or more.
};
inline constexpr std::size_t kMostMapped = 3'000;
inline constexpr double kSimilar = 0.9;

/// What is in a data set. What needs captions or a model is empty without them.
struct Analysis {
  Material material;
  PictureSummary pictures;
  std::vector<Group> exact, near;
  ClassBalance classes;
  std::optional<CaptionSummary> captions;
  std::optional<CaptionFits> fits;
  std::optional<Space> space;
};

/// The same material and options give the same analysis, on any number of threads.
Analysis analyze(Material material, const AnalysisOptions& options);

/// Groups of files whose removal but for one would lose nothing: how many files that is.
std::size_t surplus(const std::vector<Group>& groups);

}  // namespace glimpse::analyze
