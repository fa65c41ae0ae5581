#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "care/finding.h"
#include "models/dual_encoder.h"

namespace glimpse::care {

struct ExamineOptions {
  std::filesystem::path library;
  std::vector<std::filesystem::path> caches;  ///< Directories of what can be made again, besides the library's own.
  models::OpenOptions models;                 ///< How the models of the library's generations are opened.
  bool full = false;                          ///< Also every row and vector, and every byte of the models.
  bool repair = false;                        ///< Do what is safe: docs/durability.md. Implies full.
};

struct Examination {
  Findings findings;
  std::int64_t cache_files = 0;  ///< Looked at, each whole.
  std::string sqlite_version;
  /// Whether damage was found that is still there.
  bool damage_remains() const;
};

/// Looks at a library and at everything around it that it needs. What is wrong is a finding, not an error.
/// Errors: not_found without a library; unavailable, when `repair` meets another writer.
Result<Examination> examine(const ExamineOptions& options);

}  // namespace glimpse::care
