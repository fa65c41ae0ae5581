#pragma once

#include <filesystem>
#include <map>
#include <memory>
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

  const std::filesystem::path& path() const { return path_; }
  /// The caption of this name; null when there is none. Valid until the next append.
  const std::string* find(const std::string& file_name) const;
  /// On disk when it returns. Errors: io, resource_exhausted.
  Result<void> append(const std::string& file_name, const std::string& caption);

 private:
  CaptionFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  Result<void> write(const std::string& text);

  std::filesystem::path path_;
  int fd_;
  std::map<std::string, std::string> captions_;
};

}  // namespace glimpse::app
