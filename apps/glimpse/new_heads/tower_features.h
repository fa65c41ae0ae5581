#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "heads/matrix.h"
#include "models/dual_encoder.h"
#include "runtime/towers.h"
#include "train/augment.h"

namespace glimpse::app {

struct FeatureOptions {
  int threads = 0;                       ///< 0: all that the process may use.
  std::filesystem::path cache_dir = {};  ///< For compiled towers; empty: nothing is kept.
  const CancelToken* cancel = nullptr;
};

/// A picture that is to be seen several times.
struct SeenPicture {
  std::filesystem::path path;
  bool mirror = true;  ///< Whether it may be mirrored.
};

/// What a model's picture tower says of each look at each picture.
class PictureFeatures {
 public:
  static Result<PictureFeatures> open(std::shared_ptr<const models::DualEncoder> model, const FeatureOptions& options);

  /// A matrix [pictures, dimension] for each version: 0 the whole picture, each other one changed by `augmentation`.
  /// The same seed gives the same pixels. progress: pictures that are done, from the calling thread.
  /// Errors: cancelled; image::decode's, with the file's name; the tower's.
  Result<std::vector<heads::Matrix>> of(std::span<const SeenPicture> pictures, int versions,
                                        const train::Augmentation& augmentation, std::uint64_t seed,
                                        const std::function<void(std::size_t done)>& progress) const;

 private:
  PictureFeatures() = default;
  Result<void> see(const SeenPicture& picture, std::size_t number, int versions,
                   const train::Augmentation& augmentation, std::uint64_t seed, std::vector<heads::Matrix>& out) const;

  std::shared_ptr<const models::DualEncoder> model_;
  std::unique_ptr<runtime::ImageTower> tower_;
  FeatureOptions options_;
};

/// What a model's words' tower says of each text: [texts, dimension]. Errors: cancelled; the tower's.
Result<heads::Matrix> text_features(const models::DualEncoder& model, std::span<const std::string> texts,
                                    const FeatureOptions& options,
                                    const std::function<void(std::size_t done)>& progress);

}  // namespace glimpse::app
