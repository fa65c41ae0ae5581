#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "index/row_codec.h"
#include "index/rows.h"

namespace glimpse::index {

/// Inserts rows into `rows`, or replaces those of the same id. values: [ids, dimension] row-major, f32 or IEEE
/// binary16. Errors: invalid_argument for another size or an id below 1; nothing is changed then.
Result<void> write_rows(const RowCodec& codec, Rows& rows, std::span<const ImageId> ids, std::span<const float> values);
Result<void> write_rows(const RowCodec& codec, Rows& rows, std::span<const ImageId> ids,
                        std::span<const std::uint16_t> halves);

/// Whether so many rows were removed (a quarter) that copying the others together pays.
inline bool is_sparse(const Rows& rows) {
  return rows.total() >= Rows::kBlockRows && rows.live() * 4 <= rows.total() * 3;
}

std::vector<ImageId> live_ids(const Rows& rows);

}  // namespace glimpse::index
