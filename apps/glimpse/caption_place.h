#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.h"
#include "library/library.h"

namespace glimpse::app {

/// A folder as the library knows it, open for writing.
class CaptionPlace {
 public:
  /// Null when there is no library, or the folder lies under none of its roots. Errors: unavailable, naming the process
  /// that has it open for writing; Library::open's.
  static Result<std::unique_ptr<CaptionPlace>> open(const std::filesystem::path& library,
                                                    const std::filesystem::path& folder);
  /// The same, but null is an error too: not_found, saying what to run.
  static Result<std::unique_ptr<CaptionPlace>> require(const std::filesystem::path& library,
                                                       const std::filesystem::path& folder);

  library::Library& library() { return *library_; }
  /// The picture of this name, relative to the folder.
  Result<std::optional<library::Picture>> find(const std::filesystem::path& name) const;

 private:
  CaptionPlace(std::unique_ptr<library::Library> library, library::RootPlace place)
      : library_(std::move(library)), place_(std::move(place)) {}

  std::unique_ptr<library::Library> library_;
  library::RootPlace place_;
};

/// The maker of captions that come from a file of the user's.
library::CaptionMaker file_maker(const std::filesystem::path& file);
/// Whether the library takes this text as a caption.
bool can_be_stored(const std::string& caption);

}  // namespace glimpse::app
