#pragma once

#include <cstdint>

#include "base/result.h"
#include "encode/image_pipeline.h"

namespace glimpse::encode {

/// What embedding pictures needs, in bytes; measured, not guessed.
struct MemoryNeeds {
  std::uint64_t resident = 0;         ///< Of the process, with the model loaded and run once.
  std::uint64_t peak = 0;             ///< The most it has been so far: loading takes more than running.
  std::uint64_t input_picture = 0;    ///< A picture as the model's input.
  std::uint64_t scratch_picture = 0;  ///< What running the model takes for each picture of a batch.
};

/// How the pipeline shares out what it may use.
struct MemoryPlan {
  int lanes = 1;  ///< Batches that run at once.
  int batch_size = 1;
  std::uint64_t read_ahead_bytes = 0;
  std::uint64_t decoded_bytes = 0;
};

/// Resident memory that a run is to stay within.
struct MemoryLimit {
  std::uint64_t bytes = 0;  ///< 0: none.
  bool strict = false;      ///< Too little is an error; otherwise the least that works is taken instead.
};

/// Whether so many lanes run within the limit whatever the pictures are: then there is nothing to plan.
bool is_plenty(const MemoryLimit& limit, int lanes);

/// Fits the pipeline into the limit: smaller batches first, then fewer lanes, at most those
/// wanted; what is left is for files that wait and pictures that are being decoded.
/// Errors: invalid_argument, with the least that works.
Result<MemoryPlan> plan_memory(const MemoryLimit& limit, const MemoryNeeds& needs, int lanes, int batch_size);

/// Runs the model on pictures of nothing, one and then `batch_size`, and looks at the process. Costs as much as
/// embedding so many pictures on one processor. Errors: the model's.
Result<MemoryNeeds> measure_needs(const ImageModel& model, int batch_size);

/// Plans for `model` and puts the plan into it and into `options`. A limit with plenty of room is not worth measuring
/// for: everything then stays as it is. Errors: plan_memory's; the model's.
Result<void> fit_into_memory(const MemoryLimit& limit, ImageModel& model, PipelineOptions& options);

}  // namespace glimpse::encode
