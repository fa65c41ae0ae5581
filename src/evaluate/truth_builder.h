#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "evaluate/ground_truth.h"

namespace glimpse::evaluate {

/// Gathers pairs of picture and text for the readers of ground_truth.h.
class TruthBuilder {
 public:
  explicit TruthBuilder(TruthForm form) { truth_.form = form; }

  /// A text is taken without blanks around it; an empty one, or one that is no UTF-8, is broken. `where` is for the
  /// remark.
  void add(std::string_view picture, std::string_view text, std::string_view where);
  void broken(std::string_view where, std::string_view what);
  bool empty() const { return truth_.texts.empty(); }
  GroundTruth take() { return std::move(truth_); }

 private:
  GroundTruth truth_;
  std::unordered_map<std::string, std::size_t> pictures_, texts_;
};

// The readers, a file or folder each. Errors as read_ground_truth.
Result<GroundTruth> read_truth_table(const std::filesystem::path& file);
Result<GroundTruth> read_coco_captions(const std::filesystem::path& file);
Result<GroundTruth> read_flickr_tokens(const std::filesystem::path& file);
Result<GroundTruth> read_texts_beside(const std::filesystem::path& folder);
Result<GroundTruth> read_folder_labels(const std::filesystem::path& folder);

}  // namespace glimpse::evaluate
