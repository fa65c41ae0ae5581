#include "index/index_kind.h"

#include <utility>

#include "index/exact_index.h"

namespace glimpse::index {
namespace {

/// Up to so many values (200,000 x 512) one thread compares all in about 20 ms (index_bench, Nearest/half).
constexpr std::uint64_t kComparedAtOnce = 100'000'000;

/// An id in its block's list, and its place among the locations.
constexpr std::uint64_t kIdBytes = sizeof(ImageId) + sizeof(std::uint32_t);

std::uint64_t link_bytes() {
  const HnswParameters parameters;
  // The lowest level, a fifteenth of the rows above it, the node's number and level, and a pointer to it.
  return sizeof(std::uint32_t) * (2 * parameters.m + parameters.m / 15 + 3) + 2 + sizeof(void*);
}

}  // namespace

std::string_view name_of(IndexKind kind) {
  switch (kind) {
    case IndexKind::kExact:
      return "exact";
    case IndexKind::kExactByte:
      return "exact-i8";
    case IndexKind::kHnsw:
      return "hnsw";
  }
  return "exact";
}

Result<IndexKind> parse_index_kind(std::string_view name) {
  for (const IndexKind kind : {IndexKind::kExact, IndexKind::kExactByte, IndexKind::kHnsw}) {
    if (name == name_of(kind)) return kind;
  }
  return Error::invalid_argument("index: expected exact, exact-i8 or hnsw, got '{}'", name);
}

RowStorage storage_of(IndexKind kind) { return kind == IndexKind::kExact ? RowStorage::kHalf : RowStorage::kByte; }

std::uint64_t memory_of(IndexKind kind, std::size_t size, std::size_t dimension) {
  const std::uint64_t rows = size, values = rows * dimension;
  switch (kind) {
    case IndexKind::kExact:
      return values * sizeof(std::uint16_t) + rows * kIdBytes;
    case IndexKind::kExactByte:
      return values + rows * (kIdBytes + sizeof(float));
    case IndexKind::kHnsw:
      return values + rows * (kIdBytes + sizeof(float)) + 2 * rows * link_bytes();
  }
  return 0;
}

IndexKind choose_index(std::size_t size, std::size_t dimension, std::uint64_t memory_budget) {
  const auto fits = [&](IndexKind kind) {
    return memory_budget == 0 || memory_of(kind, size, dimension) <= memory_budget;
  };
  const bool small = std::uint64_t{size} * dimension <= kComparedAtOnce;
  if (small && fits(IndexKind::kExact)) return IndexKind::kExact;
  return !small && fits(IndexKind::kHnsw) ? IndexKind::kHnsw : IndexKind::kExactByte;
}

Result<std::unique_ptr<VectorIndex>> make_index(IndexKind kind, std::size_t dimension, const IndexSetup& setup) {
  const RowStorage storage = storage_of(kind);
  const RowLayout layout = RowCodec(dimension, storage, best_simd_level()).layout();
  return make_index(kind, {dimension, storage, Rows(layout), nullptr}, setup);
}

Result<std::unique_ptr<VectorIndex>> make_index(IndexKind kind, IndexContents contents, const IndexSetup& setup) {
  if (contents.storage != storage_of(kind)) {
    return Error::invalid_argument("vector index: these rows are not those of an index '{}'", name_of(kind));
  }
  if (kind == IndexKind::kHnsw) {
    HnswIndexOptions options;
    options.threads = options.build_threads = setup.threads;
    options.background = setup.background;
    options.exact_rows = setup.exact_rows;
    options.settled = setup.settled;
    GLIMPSE_ASSIGN_OR_RETURN(auto index, HnswIndex::create(std::move(contents), options));
    return std::unique_ptr<VectorIndex>(std::move(index));
  }
  ExactIndexOptions options;
  options.threads = setup.threads;
  options.exact_rows = setup.exact_rows;
  GLIMPSE_ASSIGN_OR_RETURN(auto index, ExactIndex::create(std::move(contents), options));
  return std::unique_ptr<VectorIndex>(std::move(index));
}

}  // namespace glimpse::index
