// Which way is quickest depends on how many ids there are. A walk that keeps one row in s visits s times as many rows;
// comparing n ids costs n. So comparing wins while n < kRowsPerSearch * rows / n. Above a half, asking for a few more
// and dropping some costs less than asking about each row on the way.
#include "index/graph_search.h"

#include <algorithm>
#include <cmath>

namespace glimpse::index {
namespace {

/// How many rows are compared one by one, in the order of their ids, in the time of one search of the graph
/// (index_bench, Hnsw/among: with ef 96, at 100,000 x 512, the two ways meet between every 4th and every 8th id, which
/// is 3,500; a search with ef 320 takes about three times as long, index_search).
constexpr double kRowsPerSearch = 11'000;
constexpr double kLooseShare = 0.5;

Result<std::vector<Neighbor>> search_once(const LinkedRows& linked, const RowCodec::Query& query, std::size_t count,
                                          std::size_t ef, const HnswGraph::Admits& admits) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto found,
                           linked.graph.search(linked.codec, query, linked.rows, count, std::max(ef, count), admits));
  std::vector<Neighbor> neighbors;
  neighbors.reserve(found.size());
  for (const auto& one : found) neighbors.push_back({linked.rows.id_at(one.position), one.score});
  return neighbors;
}

Result<std::vector<Neighbor>> search_and_drop(const LinkedRows& linked, const RowCodec::Query& query, std::size_t count,
                                              std::size_t ef, const SearchOptions& options) {
  const auto admits = [&](std::size_t position) { return linked.rows.id_at(position).value != 0; };
  const std::size_t size = linked.graph.size();
  const double share = std::min(1.0, static_cast<double>(options.among->size()) / static_cast<double>(size));
  std::size_t wanted = static_cast<std::size_t>(std::ceil(static_cast<double>(count) / share * 1.2)) + 1;
  for (;; wanted *= 2) {
    wanted = std::min(wanted, size);
    GLIMPSE_ASSIGN_OR_RETURN(auto found, search_once(linked, query, wanted, ef, admits));
    std::erase_if(found, [&](const Neighbor& neighbor) { return !options.admits(neighbor.id); });
    if (found.size() < count && wanted < size) continue;
    found.resize(std::min(found.size(), count));
    return found;
  }
}

}  // namespace

FilterPlan plan_for(std::size_t among, std::size_t rows) {
  const auto n = static_cast<double>(among), all = static_cast<double>(rows);
  if (n * n < kRowsPerSearch * all) return FilterPlan::kExact;
  return n >= kLooseShare * all ? FilterPlan::kPostFilter : FilterPlan::kInGraph;
}

Result<std::vector<Neighbor>> search_graph(const LinkedRows& linked, const RowCodec::Query& query, std::size_t count,
                                           std::size_t ef, const SearchOptions& options) {
  const bool post_filter =
      options.among != nullptr && plan_for(options.among->size(), linked.rows.live()) == FilterPlan::kPostFilter;
  if (post_filter) return search_and_drop(linked, query, count, ef, options);
  const auto admits = [&](std::size_t position) {
    const ImageId id = linked.rows.id_at(position);
    return id.value != 0 && options.admits(id);
  };
  return search_once(linked, query, count, ef, admits);
}

}  // namespace glimpse::index
