// Scores for a tile of rows (stays in L1), then a heap of the best `count`; most rows fail one comparison with the
// worst of the heap.
#include "index/row_scan.h"

#include <algorithm>
#include <system_error>
#include <thread>

namespace glimpse::index {
namespace {

constexpr std::size_t kTileRows = 256;
// Below this a second thread costs about what it saves.
constexpr std::size_t kMinRowsPerThread = 100'000;

struct Scan {
  const RowCodec& codec;
  const RowCodec::Query& query;
  const Rows& rows;
  const SearchOptions& options;

  void block(std::size_t number, std::size_t first, Best& best) const {
    float scores[kTileRows];
    const std::vector<ImageId>& ids = rows.ids(number);
    for (; first < ids.size(); first += kTileRows) {
      const std::size_t count = std::min(kTileRows, ids.size() - first);
      codec.score(query, rows.values(number, first), rows.side(number, first), count, scores);
      float threshold = best.threshold();
      for (std::size_t i = 0; i < count; ++i) {
        if (!(scores[i] >= threshold)) continue;
        const ImageId id = ids[first + i];
        if (id.value == 0 || !options.admits(id)) continue;
        best.offer(id, scores[i]);
        threshold = best.threshold();
      }
    }
  }
};

}  // namespace

std::vector<Neighbor> scan_rows(const RowCodec& codec, const RowCodec::Query& query, const Rows& rows,
                                std::size_t first, std::size_t count, const SearchOptions& options, int threads) {
  if (count == 0 || first >= rows.total()) return {};
  const std::size_t first_block = first / Rows::kBlockRows, blocks = rows.blocks() - first_block;
  const std::size_t wanted = std::min((rows.total() - first) / kMinRowsPerThread, blocks);
  const std::size_t parts = std::clamp<std::size_t>(wanted, 1, static_cast<std::size_t>(std::max(1, threads)));
  const Scan scan = {codec, query, rows, options};
  std::vector<Best> bests(parts, Best(count));
  const auto run = [&](std::size_t part) {
    const std::size_t end = first_block + blocks * (part + 1) / parts;
    for (std::size_t block = first_block + blocks * part / parts; block < end; ++block) {
      scan.block(block, block == first_block ? first % Rows::kBlockRows : 0, bests[part]);
    }
  };
  std::vector<std::thread> workers;
  for (std::size_t part = 1; part < parts; ++part) {
    try {
      workers.emplace_back(run, part);
    } catch (const std::system_error&) {  // no more threads to be had: do it here
      run(part);
    }
  }
  run(0);
  for (auto& worker : workers) worker.join();
  for (std::size_t part = 1; part < parts; ++part) {
    for (const Neighbor& neighbor : bests[part].unsorted()) bests[0].offer(neighbor.id, neighbor.score);
  }
  return bests[0].take_sorted();
}

std::vector<Neighbor> look_up_rows(const RowCodec& codec, const RowCodec::Query& query, const Rows& rows,
                                   std::size_t count, const SearchOptions& options) {
  Best best(count);
  options.among->for_each([&](ImageId id) {
    const auto position = rows.find(id);
    if (!position || id == options.except) return;
    float score = 0;
    codec.score(query, rows.values_at(*position), rows.side_at(*position), 1, &score);
    best.offer(id, score);
  });
  return best.take_sorted();
}

}  // namespace glimpse::index
