#include "encode/pipeline_fit.h"

#include <algorithm>

#include "encode/batch_choice.h"

namespace glimpse::encode {

Result<PipelineOptions> fit_pipeline(PipelineOptions options, ImageModel& model, const MemoryLimit& limit,
                                     std::size_t pictures) {
  if (options.batch_size == 0) {
    // Measuring takes memory of its own: within a limit that somebody set, only what was measured before counts.
    GLIMPSE_ASSIGN_OR_RETURN(options.batch_size, batch_for(model, limit.strict ? 0 : pictures));
  }
  options.batch_size = static_cast<int>(std::min(static_cast<std::size_t>(options.batch_size), pictures));
  GLIMPSE_RETURN_IF_ERROR(fit_into_memory(limit, model, options));
  return options;
}

}  // namespace glimpse::encode
