#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "base/result.h"

namespace glimpse::app {

/// A data.csv with the columns file_name,caption, which grows by a record a picture. One that is there is gone on with;
/// a record that was cut (by a power cut, say) is dropped.
class CaptionFile {
 public:
  /// Errors: corruption (another table, no CSV); io.
  static Result<std::unique_ptr<CaptionFile>> open(const std::filesystem::path& path);
  ~CaptionFile();
  CaptionFile(const CaptionFile&) = delete;
  CaptionFile& operator=(const CaptionFile&) = delete;

  bool has(const std::string& file_name) const { return names_.contains(file_name); }
  /// On disk when it returns. Errors: io, resource_exhausted.
  Result<void> append(const std::string& file_name, const std::string& caption);

 private:
  CaptionFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  Result<void> write(const std::string& text);

  std::filesystem::path path_;
  int fd_;
  std::set<std::string> names_;
};

}  // namespace glimpse::app
