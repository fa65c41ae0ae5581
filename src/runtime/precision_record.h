#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/activation_ranges.h"
#include "runtime/towers.h"

namespace glimpse::runtime {

/// A precision that was compared with f32.
struct PrecisionTrial {
  Precision precision = Precision::kF32;
  double median_cosine = 0;  ///< Of a picture's embedding to its embedding in f32.
};

/// What was found out about a model on this machine: docs/formats/compiled-model.md. A cache.
struct PrecisionRecord {
  Precision precision = Precision::kF32;  ///< The one to take for pictures.
  std::vector<PrecisionTrial> trials;     ///< In the order in which they were tried; f32 needs none.
  int pictures = 0;                       ///< How many were compared.
  models::ActivationRanges ranges;        ///< Measured on pictures of this machine; empty: the model has its own.
  Precision words = Precision::kF32;      ///< The one to take for words: f32 or bf16.
  double words_median_cosine = 1;         ///< Of bf16 to f32, over a few sentences; 1 where it was not tried.
};

/// The record of the model with this fingerprint on this processor and with this tensor runtime.
/// Errors: not_found; corruption; unsupported (made for others).
Result<PrecisionRecord> read_precision_record(const std::filesystem::path& cache_dir, const std::string& fingerprint);

/// Errors: io.
Result<void> write_precision_record(const std::filesystem::path& cache_dir, const std::string& fingerprint,
                                    const PrecisionRecord& record);

}  // namespace glimpse::runtime
