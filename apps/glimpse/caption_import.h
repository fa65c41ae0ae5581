#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "caption_place.h"

namespace glimpse::app {

struct CaptionImport {
  std::size_t stored = 0;            ///< Captions that are new to the library.
  std::size_t already = 0;           ///< That it had.
  std::size_t unknown = 0;           ///< Names that no picture of the library has.
  std::size_t broken = 0;            ///< Records that are no file name and caption.
  std::vector<std::string> remarks;  ///< A sentence for each unknown name and broken record.
};

/// Stores the captions of a table with the columns file_name (relative to the place's folder) and caption; others are
/// left alone. Of several captions of a file the last one stays. Nothing is lost when it is run again.
/// Errors: not_found, io; corruption (no CSV, other columns); the library's.
Result<CaptionImport> import_captions(const std::filesystem::path& table, CaptionPlace& place);

}  // namespace glimpse::app
