#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "index/row_codec.h"
#include "index/vector_index.h"

namespace glimpse::index {

/// Where exact rows lie for an index that holds only rough ones: on disk, as a rule. Called from searching threads,
/// side by side.
class ExactRows {
 public:
  virtual ~ExactRows() = default;

  /// Called with the place of an id in `ids`, and its row in IEEE binary16, valid until it returns.
  using Visit = std::function<void(std::size_t, std::span<const std::uint16_t>)>;
  /// Visits those of `ids` that are there, whole. Errors: not_found when there are no rows at all any more.
  virtual Result<void> read(std::span<const ImageId> ids, const Visit& visit) const = 0;
};

/// How many rough candidates are compared exactly to find the `count` best (index_bench, Rough).
constexpr std::size_t candidates_for(std::size_t count) { return 2 * count + 22; }

/// The `count` best of `candidates`, which are best first, by the scores of their exact rows, which are those that an
/// index of halves would give. Candidates without an exact row are left out. When there are no exact rows at all any
/// more, as those of a model that was dropped, the rough scores stand.
Result<std::vector<Neighbor>> rescore(const RowCodec& codec, std::span<const float> query,
                                      std::span<const Neighbor> candidates, std::size_t count, const ExactRows& rows);

}  // namespace glimpse::index
