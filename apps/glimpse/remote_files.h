#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "flags.h"
#include "qdrant/payload.h"

namespace glimpse::app {

/// Where the pictures of a Qdrant collection are on this machine: in the folders of its own library, for the points
/// that this library wrote, and else in DATASET_PATH: as DATASET_PATH/<image_path>, or, where several machines' folders
/// are mounted side by side, as DATASET_PATH/<root>/<image_path>. Thread-safe.
class RemoteFiles {
 public:
  /// A library that is not there or cannot be read counts as none.
  static RemoteFiles open(const CommonFlags& common);

  /// May name a file that is not there. Without any folder: the image_path itself.
  std::filesystem::path locate(const qdrant::Payload& payload) const;

  /// The file with all links followed, when it lies in one of our folders: what a collection says must not make a
  /// server give out other files. Errors: not_found.
  Result<std::filesystem::path> real_path(const std::filesystem::path& file) const;

  const std::filesystem::path& dataset() const { return dataset_; }

 private:
  struct Root {
    std::string library;
    std::string label;
    std::filesystem::path path;
  };
  std::vector<Root> roots_;
  std::filesystem::path dataset_;
};

}  // namespace glimpse::app
