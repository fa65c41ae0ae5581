#pragma once

#include <cstddef>
#include <vector>

#include "index/best.h"
#include "index/row_codec.h"
#include "index/rows.h"
#include "index/vector_index.h"

namespace glimpse::index {

/// Among less than this share of the rows, looking each up costs less than reading all (AmongIds in index_bench).
inline constexpr std::size_t kTightShare = 4;

/// The `count` best of the rows from position `first` on, best first; all of them are read. `threads` at the most, and
/// fewer for few rows.
std::vector<Neighbor> scan_rows(const RowCodec& codec, const RowCodec::Query& query, const Rows& rows,
                                std::size_t first, std::size_t count, const SearchOptions& options, int threads = 1);

/// The `count` best of the rows of `options.among`, best first; only they are read.
std::vector<Neighbor> look_up_rows(const RowCodec& codec, const RowCodec::Query& query, const Rows& rows,
                                   std::size_t count, const SearchOptions& options);

}  // namespace glimpse::index
