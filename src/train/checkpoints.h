#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "train/learner.h"

namespace glimpse::train {

/// Where a run is. With the learner's own files it is all that the rest of the run depends on: every random choice
/// hangs on the seed, the epoch and the picture alone.
struct Progress {
  std::int64_t step = 0;    ///< Updates that are done.
  std::uint64_t epoch = 0;  ///< The one that is under way, from 0 on.
  std::size_t batch = 0;    ///< Batches of it that are done.
  double best = -1;         ///< Best validation score of an epoch's end; below 0: none yet.
  std::int64_t best_step = 0;
  int without_gain = 0;   ///< Epochs' ends since then.
  bool finished = false;  ///< The last step is done, or training stopped early.
  bool operator==(const Progress&) const = default;
};

/// The checkpoints of a run, a directory each, named after its step. One becomes visible whole, by a rename, and is
/// believed only when every byte of it is what was written. See docs/formats/training-run.md.
class Checkpoints {
 public:
  explicit Checkpoints(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Saves the learner and where the run is, then removes all but the latest two and the best one. Errors: io,
  /// resource_exhausted (disk full): the earlier ones stay.
  Result<void> save(Learner& learner, const Progress& progress);

  /// Loads the latest one that is whole; damaged ones are passed over, a sentence each into `remarks`. Nothing when
  /// there is none. Errors: the learner's.
  Result<std::optional<Progress>> load_latest(Learner& learner, std::vector<std::string>& remarks);
  /// Loads that one. Errors: not_found, corruption; the learner's.
  Result<Progress> load(Learner& learner, std::int64_t step);

  /// The directory of the latest one, for messages; empty when there is none.
  std::filesystem::path latest() const;

 private:
  std::filesystem::path path_of(std::int64_t step) const;
  std::vector<std::int64_t> steps() const;  ///< Ascending.
  void remove_old(const Progress& progress) const;

  std::filesystem::path directory_;
};

}  // namespace glimpse::train
