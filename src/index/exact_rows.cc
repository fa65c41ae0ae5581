#include "index/exact_rows.h"

#include "index/best.h"

namespace glimpse::index {

Result<std::vector<Neighbor>> rescore(const RowCodec& codec, std::span<const float> query,
                                      std::span<const Neighbor> candidates, std::size_t count, const ExactRows& rows) {
  std::vector<ImageId> ids;
  ids.reserve(candidates.size());
  for (const Neighbor& candidate : candidates) ids.push_back(candidate.id);
  Best best(std::min(count, ids.size()));
  const auto visit = [&](std::size_t i, std::span<const std::uint16_t> halves) {
    if (halves.size() != query.size()) return;
    float score = 0;
    codec.kernels().scores_half(query.data(), halves.data(), 1, halves.size(), &score);
    best.offer(ids[i], score);
  };
  const auto read = rows.read(ids, visit);
  if (!read && read.error().code() == ErrorCode::kNotFound) {  // the source as a whole is gone
    return std::vector<Neighbor>(candidates.begin(),
                                 candidates.begin() + static_cast<std::ptrdiff_t>(std::min(count, candidates.size())));
  }
  GLIMPSE_RETURN_IF_ERROR(read);
  return best.take_sorted();
}

}  // namespace glimpse::index
