#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "evaluate/ground_truth.h"

namespace glimpse::train {

/// A picture that can be read.
struct Picture {
  std::filesystem::path name;         ///< Relative to the folder of pictures.
  std::string sha1;                   ///< Of the file's content.
  std::vector<std::size_t> captions;  ///< Indexes into Dataset::captions, ascending; at least one.
  std::size_t group = 0;              ///< Pictures that are the same, or nearly, have the same number.
};

struct Caption {
  std::string text;
  std::size_t meaning = 0;  ///< The same for texts that differ in case, blanks and a last full stop alone.
};

/// What is wrong with the data, counted; the first of each kind are named.
struct DataProblems {
  std::size_t missing = 0;     ///< Pictures that are not there.
  std::size_t unreadable = 0;  ///< Pictures that cannot be decoded.
  std::size_t broken = 0;      ///< Records that were left out, empty captions among them.
  std::size_t empty_captions = 0;
  std::size_t repeated_captions = 0;   ///< The same caption for the same picture again: counts once.
  std::size_t shared_captions = 0;     ///< Captions of several pictures: never in one batch.
  std::size_t duplicate_pictures = 0;  ///< Pictures whose content another one has.
  std::size_t similar_pictures = 0;    ///< Pictures that look like another one, and are not the same.
  std::vector<std::string> remarks;
};

/// Captioned pictures, looked at one by one. Immutable.
struct Dataset {
  std::filesystem::path folder;
  std::vector<Picture> pictures;  ///< In the order of the ground truth.
  std::vector<Caption> captions;
  std::size_t groups = 0;  ///< How many different pictures there are.
  DataProblems problems;
  std::string sha1;  ///< Over every picture's name, content and captions, in the order of names.

  std::filesystem::path path_of(std::size_t picture) const { return folder / pictures[picture].name; }
};

struct SurveyOptions {
  int threads = 1;
  const CancelToken* cancel = nullptr;
  /// Called on the calling thread, now and then: pictures looked at so far.
  std::function<void(std::size_t done)> progress = {};
};

/// Reads and decodes every picture of `truth`, leaves out what cannot be read, and finds out which are the same.
/// Errors: invalid_argument (fewer than two different pictures are left, with what happened to the others); cancelled.
Result<Dataset> survey(const evaluate::GroundTruth& truth, const std::filesystem::path& folder,
                       const SurveyOptions& options);

/// The ground truth of some of the pictures, for measuring; texts that are right for none of them are left out.
evaluate::GroundTruth truth_of(const Dataset& data, const std::vector<std::size_t>& pictures);

}  // namespace glimpse::train
