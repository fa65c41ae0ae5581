#pragma once

#include <cstddef>

#include "base/result.h"
#include "encode/image_pipeline.h"
#include "encode/memory_plan.h"

namespace glimpse::encode {

/// `options` for a run over so many pictures (at least 1): where no batch size is given the one that is best here, no
/// batch larger than the run, and all of it within the limit, for which `model` may be given fewer lanes. Errors:
/// fit_into_memory's; the model's.
Result<PipelineOptions> fit_pipeline(PipelineOptions options, ImageModel& model, const MemoryLimit& limit,
                                     std::size_t pictures);

}  // namespace glimpse::encode
