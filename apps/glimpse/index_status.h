#pragma once

#include <cstdint>

#include "base/result.h"
#include "flags.h"
#include "index/index_kind.h"
#include "library/library.h"

namespace glimpse::app {

/// How a search would be done now, and whether a file in the cache spares it reading all vectors.
struct IndexStatus {
  index::IndexKind kind = index::IndexKind::kExact;
  std::uint64_t file_bytes = 0;  ///< 0: none.
};

/// Errors: invalid_argument for --index.
Result<IndexStatus> index_status(const CommonFlags& common, const library::Library& library,
                                 const library::Status& status);

}  // namespace glimpse::app
