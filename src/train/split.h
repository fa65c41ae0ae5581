#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "train/dataset.h"

namespace glimpse::train {

enum class Part { kTrain, kValidation, kTest };
std::string_view name_of(Part part);  ///< "train", "validation", "test"

enum class SplitKey {
  kName,    ///< SHA-1 of the file name: what is known of a picture before it is read.
  kContent  ///< SHA-1 of the file's content: stays when a picture is renamed.
};

struct SplitOptions {
  double validation = 0.1;  ///< Share of the pictures.
  double test = 0.1;        ///< 0: no test part.
  SplitKey key = SplitKey::kName;
};

/// Who trains, who chooses, who is measured in the end.
struct Split {
  std::vector<Part> parts;                          ///< Of each picture of the data set.
  std::array<std::vector<std::size_t>, 3> members;  ///< By Part: picture numbers, ascending.
  std::array<std::string, 3> sha1;                  ///< Of each part: over its pictures' keys, sorted, a line each.

  const std::vector<std::size_t>& of(Part part) const { return members[static_cast<std::size_t>(part)]; }
};

/// Puts a picture by its key alone, so that it stays in its part when others come or go, and none that was tested on is
/// ever trained on: the key's share of the range of SHA-1 is below `test`, below `test + validation`, or above. A group
/// of pictures that are the same or nearly goes where its least key says. Captions are never looked at. Where that
/// leaves validation with fewer than two different pictures, those of the least keys in training go there.
/// Errors: invalid_argument (shares out of range; too few different pictures for two of each).
Result<Split> split(const Dataset& data, const SplitOptions& options);

/// A line for each picture: part, key (SHA-1), name, as CSV with a header.
std::string split_table(const Dataset& data, const Split& split, SplitKey key);

}  // namespace glimpse::train
