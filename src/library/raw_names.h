#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

namespace glimpse::library {

/// Whether a file of this name is a camera's RAW picture, by its extension in any case.
bool has_raw_extension(std::string_view file_name);

/// The finished pictures of one directory, to find the RAW files that show the same: those of the same name up to the
/// last dot, in any case of ASCII.
class FinishedPictures {
 public:
  /// Remembers the name of a JPEG or HEIC file; of others nothing.
  void add(std::string_view file_name);
  /// Whether `file_name` is a RAW file beside one of them.
  bool show(std::string_view file_name) const;

 private:
  std::unordered_set<std::string> stems_;
};

}  // namespace glimpse::library
