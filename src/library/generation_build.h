#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "library/build_lock.h"
#include "library/indexer.h"
#include "library/lacking_survey.h"
#include "library/library.h"

namespace glimpse::library {

struct BuildOptions {
  encode::PipelineOptions pipeline;  ///< batch_size 0: encode::batch_for chooses.
  encode::MemoryLimit memory;        ///< What the pipeline is cut to once the model is loaded.
  bool allow_missing = false;        ///< Switch although pictures of unreachable roots lack a vector.
};

/// What a caller may want to hear meanwhile; each may be empty. Called from the thread that builds.
struct BuildEvents {
  std::function<void(const Generation&)> started;     ///< Nothing stands in the way; embedding begins.
  std::function<void(const BuildState&)> progressed;  ///< After each picture.
  /// After each turn, with the pictures whose vector is on disk since then.
  std::function<void(const std::vector<CommittedFile>&, const BuildState&)> committed;
};

struct BuildReport {
  Generation generation;         ///< Active.
  std::int64_t embedded = 0;     ///< Went through the model.
  std::int64_t copied = 0;       ///< Took the vector of a picture with the same bytes.
  std::int64_t gone = 0;         ///< Lack a vector, for their files are gone.
  std::int64_t unreadable = 0;   ///< Lack a vector, for their files cannot be read.
  std::int64_t unreachable = 0;  ///< Lack a vector, for their roots are not here.
};

/// Makes the generation of `facts` complete beside the one that answers, then switches to it in one transaction.
/// Interrupted at any moment, a further call goes on with what is missing. The library is not held meanwhile: it is
/// opened for writing only to store what was made, in turns of milliseconds, so others may index, and what they add is
/// embedded too before the switch. Made when new, library and all.
///
/// Complete: every picture whose file is there and can be read has a vector. Errors: unavailable (another build runs;
/// pictures of unreachable roots, unless allowed: nothing is embedded then); cancelled (what was done is kept); the
/// library's; the model's. On error the old generation goes on answering.
Result<BuildReport> build_generation(const std::filesystem::path& library_directory, const ModelFacts& facts,
                                     const LoadModel& load_model, const BuildOptions& options,
                                     const BuildEvents& events, const CancelToken& cancel);

}  // namespace glimpse::library
