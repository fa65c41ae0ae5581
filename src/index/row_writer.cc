#include "index/row_writer.h"

#include <algorithm>
#include <iterator>

namespace glimpse::index {
namespace {

Result<void> check_size(const RowCodec& codec, std::size_t ids, std::size_t values) {
  if (values == ids * codec.dimension()) return {};
  return Error::invalid_argument("vector index: expected {} rows of {} values, got {} values", ids, codec.dimension(),
                                 values);
}

}  // namespace

Result<void> write_rows(const RowCodec& codec, Rows& rows, std::span<const ImageId> ids,
                        std::span<const float> values) {
  GLIMPSE_RETURN_IF_ERROR(check_size(codec, ids.size(), values.size()));
  return rows.upsert(ids, [&](std::size_t i, RowPlace to) { codec.encode(&values[i * codec.dimension()], to); });
}

Result<void> write_rows(const RowCodec& codec, Rows& rows, std::span<const ImageId> ids,
                        std::span<const std::uint16_t> halves) {
  GLIMPSE_RETURN_IF_ERROR(check_size(codec, ids.size(), halves.size()));
  return rows.upsert(ids, [&](std::size_t i, RowPlace to) { codec.encode_halves(&halves[i * codec.dimension()], to); });
}

std::vector<ImageId> live_ids(const Rows& rows) {
  std::vector<ImageId> ids;
  ids.reserve(rows.live());
  for (std::size_t block = 0; block < rows.blocks(); ++block) {
    std::copy_if(rows.ids(block).begin(), rows.ids(block).end(), std::back_inserter(ids),
                 [](ImageId id) { return id.value != 0; });
  }
  return ids;
}

}  // namespace glimpse::index
