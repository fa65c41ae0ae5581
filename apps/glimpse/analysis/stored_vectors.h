#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "library/library.h"

namespace glimpse::app {

/// The vectors that a library has of a folder's pictures. Thread-safe.
class StoredVectors {
 public:
  /// Null where there is no library or the folder does not lie in it. Errors: the library's.
  static Result<std::unique_ptr<StoredVectors>> of(const std::filesystem::path& library_directory,
                                                   const std::filesystem::path& folder);

  /// What the library answers with.
  const std::optional<library::Generation>& active() const { return active_; }
  /// From now on vectors are those of the model with this fingerprint. False: the library has none of it.
  Result<bool> choose(const std::string& fingerprint);
  /// The vector of a picture with these bytes, in the library's half precision; empty when it has none that is sound.
  std::vector<float> find(const Hash128& content, std::uint64_t size_bytes) const;

 private:
  explicit StoredVectors(std::unique_ptr<library::Library> library) : library_(std::move(library)) {}

  std::unique_ptr<library::Library> library_;
  std::optional<library::Generation> active_;
  std::optional<library::GenerationId> chosen_;
};

}  // namespace glimpse::app
