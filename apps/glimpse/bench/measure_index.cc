#include <array>

#include "base/file.h"
#include "base/temp_directory.h"
#include "bench/measure.h"
#include "indexing.h"
#include "library/indexer.h"
#include "stopwatch.h"

namespace glimpse::app {

Result<IndexRate> measure_index(OpenModel& model, const std::filesystem::path& folder, double seconds,
                                CancelToken& cancel) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto image_model, model.encoder->image_model());
  const TempDirectory temporary;
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, library::Library::open(temporary.path() / "library", {.create = true}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto generation, generation_of(*library, model));
  GLIMPSE_ASSIGN_OR_RETURN(const auto place, library->add_root(folder));
  bool time_is_over = false;
  const Stopwatch watch;
  const auto progress = [&](const library::IndexProgress&) {
    if (cancel.cancelled() || watch.seconds() < seconds) return;
    time_is_over = true;
    cancel.cancel();
  };
  const auto done = library::index_roots(
      *library, generation, [&](const auto&) { return Result<encode::ImageModel>(image_model); },
      std::array{place.root}, {}, progress, cancel);
  const double passed = watch.seconds();
  if (!done && !time_is_over) return done.error();
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, library->status());
  if (status.vectors == 0) return Error::not_found("{}: expected pictures to index, found none", display(folder));
  return IndexRate{.precision = model.encoder->picture_precision(), .pictures = status.vectors, .seconds = passed};
}

}  // namespace glimpse::app
