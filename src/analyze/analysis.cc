#include "analyze/analysis.h"

namespace glimpse::analyze {
namespace {

/// The classes of pictures as their captions, to name groups by where there are no captions.
CaptionSet class_captions(const std::vector<PictureFacts>& pictures, ClassSource source) {
  CaptionSet captions;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    captions.links.push_back({i, i});
    captions.texts.push_back(class_of(pictures[i].name, source));
  }
  return captions;
}

Space space_of(const Material& material, const ClassBalance& classes, const std::vector<std::size_t>& first_of,
               const AnalysisOptions& options) {
  Space space;
  const CaptionSet captions =
      material.captions ? *material.captions : class_captions(material.pictures, classes.source);
  space.clustering = cluster(material.vectors, options.clusters, &captions, options.seed, options.threads);
  space.pairs = closest_pairs(material.vectors, first_of, kSimilar, options.keep, options.threads);
  space.mapped = evenly(material.vectors.rows(), kMostMapped);
  MapOptions map;
  map.seed = options.seed;
  map.threads = options.threads;
  map.cancelled = options.cancelled;
  space.map = map_of(rows_of(material.vectors, space.mapped), map);
  return space;
}

}  // namespace

Analysis analyze(Material material, const AnalysisOptions& options) {
  Analysis found;
  found.pictures = summarize(material.pictures);
  found.exact = exact_duplicates(material.pictures);
  found.near = near_duplicates(material.pictures, options.threads);
  std::vector<std::filesystem::path> names;
  for (const PictureFacts& picture : material.pictures) names.push_back(picture.name);
  found.classes = class_balance(names);
  const auto first_of = originals(material.pictures.size(), found.exact, found.near);
  if (material.captions) found.captions = summarize(*material.captions, material.pictures.size(), material.tokens);
  if (material.captions && material.text_vectors.rows() > 0) {
    found.fits = caption_fits(*material.captions, material.text_vectors, material.vectors, first_of, options.keep,
                              options.threads);
  }
  if (material.vectors.rows() > 0) found.space = space_of(material, found.classes, first_of, options);
  found.material = std::move(material);
  return found;
}

std::size_t surplus(const std::vector<Group>& groups) {
  std::size_t files = 0;
  for (const Group& group : groups) files += group.size() - 1;
  return files;
}

}  // namespace glimpse::analyze
