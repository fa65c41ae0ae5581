#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "caption_file.h"
#include "caption_place.h"
#include "library/scanner.h"

namespace glimpse::app {

/// Where the captions of a folder's pictures go: its data.csv, the library, or both; and what is there already. The
/// library is written in groups and before the file, so that after a crash whatever one of them lacks is taken from the
/// other, with its maker. Not thread-safe.
class CaptionStore {
 public:
  /// `file`, `place`: null for none, not both. `maker`: of the captions that are put.
  CaptionStore(std::unique_ptr<CaptionFile> file, CaptionPlace* place, library::CaptionMaker maker);

  /// A picture of the folder. One that has a caption, in the file or in the library by `maker`, is done: the one that
  /// lacks it gets it. Any other waits for put().
  Result<void> consider(const library::FoundFile& found);
  /// The names that wait, relative to the folder.
  const std::vector<std::filesystem::path>& waiting() const { return waiting_; }
  /// The caption of waiting()[index]. On disk with its group: without a library at once, else within seconds.
  Result<void> put(std::size_t index, const std::string& caption);
  /// Writes what is not on disk yet.
  Result<void> finish();

  std::size_t already() const { return already_; }
  /// Captions that the library did not have.
  std::size_t stored() const { return stored_; }
  /// Pictures that the library does not have, or not as they are now.
  std::size_t not_indexed() const { return not_indexed_; }

 private:
  Result<std::optional<Hash128>> content_of(const library::FoundFile& found);
  Result<void> take_from_file(const Hash128& content, const std::string& caption);
  Result<void> take_from_library(const std::filesystem::path& name, const std::string& caption);

  std::unique_ptr<CaptionFile> file_;
  CaptionPlace* place_;
  const library::CaptionMaker maker_;
  std::optional<library::GroupCommit> group_;
  std::vector<std::filesystem::path> waiting_;
  std::vector<std::optional<Hash128>> contents_;                ///< Of waiting_, as far as the library has them.
  std::vector<std::pair<std::string, std::string>> unwritten_;  ///< Records that wait for their group.
  std::size_t already_ = 0, stored_ = 0, not_indexed_ = 0;
};

}  // namespace glimpse::app
