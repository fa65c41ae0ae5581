#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace glimpse::models {

/// The hash of a file's content. Files of 1 MB and more are remembered in `cache_dir`/content-hashes by device, inode,
/// size and modification time, so that the next process need not read them; a file that changed within the last two
/// seconds is not remembered, for it could change again without a new time. Errors: not_found, io.
Result<Hash128> content_hash(const std::filesystem::path& file, const std::filesystem::path& cache_dir);

/// One part of a model: a role that is the same on every machine ("weights"), and its file.
struct FingerprintPart {
  std::string role;
  std::filesystem::path file;
};

/// 32 hexadecimal digits over every part's role and content, in the given order.
Result<std::string> fingerprint(std::span<const FingerprintPart> parts, const std::filesystem::path& cache_dir);

}  // namespace glimpse::models
