#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluate/attributes.h"

namespace glimpse::evaluate {

enum class TruthForm {
  kDetect,   ///< By the file's content, or of a folder: its data.csv, texts beside pictures, sub-folders as labels.
  kTable,    ///< CSV with the columns file_name,caption (ours), filepath,title (open_clip) or image,caption (Flickr8k).
  kCoco,     ///< COCO captions JSON: "images" with id and file_name, "annotations" with image_id and caption.
  kFlickr,   ///< Flickr8k/30k token file: NAME#NUMBER, a tab, the caption.
  kTexts,    ///< Beside each picture a .txt of the same name, a caption a line.
  kFolders,  ///< The folder that a picture lies in is its label.
  kQueries,  ///< A query file over a folder (query_file.h): texts may have no picture that is known to be right.
};

/// A text and the pictures that it is right for, as indexes into GroundTruth::pictures, ascending.
struct TruthText {
  std::string text;
  std::vector<std::size_t> pictures = {};
  std::vector<int> grades = {};         ///< Of each of `pictures`, 1 and above; empty: all 1.
  std::vector<std::size_t> wrong = {};  ///< Pictures that somebody judged and found wrong (grade 0), ascending.
  std::string id = {};                  ///< What a query file calls it; empty: it has no name.
  std::optional<Attributes> attributes = std::nullopt;  ///< As somebody stated them; none: as its words show.
};

/// Which texts belong to which pictures. A caption that several pictures have is one text, right for all of them.
struct GroundTruth {
  TruthForm form = TruthForm::kDetect;          ///< What was read, never kDetect.
  std::vector<std::filesystem::path> pictures;  ///< Relative to the folder of pictures; in order of first mention.
  std::vector<TruthText> texts;                 ///< In order of first mention.
  std::size_t broken = 0;                       ///< Records that were left out.
  std::size_t empty = 0;                        ///< Those of them whose caption was empty.
  std::size_t repeated = 0;                     ///< The same caption for the same picture again.
  std::vector<std::string> remarks = {};        ///< A sentence for each of the first broken records.
  int right_from = 1;                           ///< The lowest grade that counts as right.

  /// For each picture the texts that are right for it, ascending.
  std::vector<std::vector<std::size_t>> texts_of_pictures() const;
};

/// Reads `source`: a file, or a folder of pictures. Broken records are counted and named; what can be read is kept.
/// Errors: not_found, io; corruption when nothing of the form can be read; unsupported when the form cannot be told.
Result<GroundTruth> read_ground_truth(const std::filesystem::path& source, TruthForm form = TruthForm::kDetect);

}  // namespace glimpse::evaluate
