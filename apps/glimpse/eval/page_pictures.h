#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "evaluate/ground_truth.h"
#include "report/picture.h"

namespace glimpse::app {

/// The pictures of a ground truth as reports show them; each file is read once. One thread.
class PagePictures {
 public:
  PagePictures(const evaluate::GroundTruth& truth, std::filesystem::path folder);

  /// What was found for a text, the first kShown, with signs and grades where somebody judged.
  std::vector<report::Picture> found(const evaluate::TruthText& text, const std::vector<std::size_t>& best);
  /// What would have been right, the first kShown.
  std::vector<report::Picture> wanted(const evaluate::TruthText& text);

 private:
  report::Picture picture(std::size_t number);
  report::Picture judged_picture(const evaluate::TruthText& text, std::size_t number);

  const evaluate::GroundTruth& truth_;
  std::filesystem::path folder_;
  std::vector<std::string> shows_;  ///< For each picture what it shows: a caption, where there is one.
  std::unordered_map<std::size_t, report::Thumbnail> thumbnails_;
};

}  // namespace glimpse::app
