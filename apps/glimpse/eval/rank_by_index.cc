#include "eval/rank_by_index.h"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "base/cpu.h"
#include "index/hnsw_index.h"
#include "index/index_kind.h"
#include "index/kernels/kernels.h"
#include "index/simd.h"

namespace glimpse::app {
namespace {

/// Rows are numbered from 0, ids from 1.
index::ImageId id_of(std::size_t row) { return {static_cast<std::int64_t>(row) + 1}; }
std::size_t row_of(index::ImageId id) { return static_cast<std::size_t>(id.value) - 1; }

/// The vectors as a library keeps them, for indexes that hold rougher ones and compare their candidates again.
class HalfRows final : public index::ExactRows {
 public:
  explicit HalfRows(const evaluate::Matrix& matrix) : dimension_(matrix.dimension), halves_(matrix.values.size()) {
    index::kernels_for(index::best_simd_level()).to_half(matrix.values.data(), halves_.data(), halves_.size());
  }
  Result<void> read(std::span<const index::ImageId> ids, const Visit& visit) const override {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      visit(i, std::span(halves_).subspan(row_of(ids[i]) * dimension_, dimension_));
    }
    return {};
  }
  std::span<const std::uint16_t> halves() const { return halves_; }

 private:
  std::size_t dimension_;
  std::vector<std::uint16_t> halves_;
};

Result<std::unique_ptr<index::VectorIndex>> filled_index(const HalfRows& rows, std::size_t count, std::size_t dimension,
                                                         const CommonFlags& common) {
  auto kind = index::IndexKind::kExact;
  if (common.index != "auto") {
    GLIMPSE_ASSIGN_OR_RETURN(kind, index::parse_index_kind(common.index));
  }
  const int threads = common.threads > 0 ? common.threads : available_cpus();
  GLIMPSE_ASSIGN_OR_RETURN(
      auto index, index::make_index(kind, dimension, {.threads = threads, .background = false, .exact_rows = &rows}));
  std::vector<index::ImageId> ids;
  for (std::size_t row = 0; row < count; ++row) ids.push_back(id_of(row));
  GLIMPSE_RETURN_IF_ERROR(index->upsert_halves(ids, rows.halves()));
  if (auto* graph = dynamic_cast<index::HnswIndex*>(index.get())) GLIMPSE_RETURN_IF_ERROR(graph->settle());
  return index;
}

}  // namespace

Result<std::vector<std::vector<std::size_t>>> rank_by_index(const evaluate::Matrix& texts,
                                                            const evaluate::Matrix& pictures, const CommonFlags& common,
                                                            const std::vector<int>& cutoffs) {
  const HalfRows rows(pictures);
  GLIMPSE_ASSIGN_OR_RETURN(const auto index, filled_index(rows, pictures.rows(), pictures.dimension, common));
  const int deepest = std::max(kIndexDepth, *std::ranges::max_element(cutoffs));
  std::vector<std::vector<std::size_t>> rankings;
  for (std::size_t i = 0; i < texts.rows(); ++i) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto found, index->nearest(texts.row(i), static_cast<std::size_t>(deepest)));
    auto& ranking = rankings.emplace_back();
    for (const index::Neighbor& neighbor : found) ranking.push_back(row_of(neighbor.id));
  }
  return rankings;
}

}  // namespace glimpse::app
