#include "evaluate/slices.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/assert.h"

namespace glimpse::evaluate {
namespace {

std::size_t groups_of(const Retrieval& retrieval, std::span<const std::size_t> queries) {
  if (retrieval.clusters.empty()) return queries.size();
  std::set<int> groups;
  for (const std::size_t query : queries) groups.insert(retrieval.clusters[query]);
  return groups.size();
}

Slice slice_of(const Retrieval& retrieval, std::string_view attribute, std::string value,
               std::vector<std::size_t> queries) {
  const std::size_t groups = groups_of(retrieval, queries);
  return {std::string(attribute), std::move(value), std::move(queries), groups};
}

}  // namespace

std::vector<Slice> slices_by_attribute(const Retrieval& retrieval, std::span<const Attributes> of_queries) {
  GLIMPSE_ASSERT(of_queries.size() == retrieval.queries.size());
  std::map<Attribute, std::vector<std::size_t>> having;
  std::vector<std::size_t> without;
  for (std::size_t i = 0; i < of_queries.size(); ++i) {
    for (const auto& [attribute, values] : of_queries[i]) having[attribute].push_back(i);
    if (of_queries[i].empty()) without.push_back(i);
  }
  std::vector<Slice> slices;
  for (auto& [attribute, queries] : having) {
    slices.push_back(slice_of(retrieval, name_of(attribute), "", std::move(queries)));
  }
  if (!without.empty()) slices.push_back(slice_of(retrieval, "none", "", std::move(without)));
  return slices;
}

std::vector<Slice> slices_by_value(const Retrieval& retrieval, std::span<const Attributes> of_queries) {
  GLIMPSE_ASSERT(of_queries.size() == retrieval.queries.size());
  std::map<Attribute, std::map<std::string, std::vector<std::size_t>>> having;
  for (std::size_t i = 0; i < of_queries.size(); ++i) {
    for (const auto& [attribute, values] : of_queries[i]) {
      for (const std::string& value : values) having[attribute][value].push_back(i);
    }
  }
  std::vector<Slice> slices;
  for (auto& [attribute, values] : having) {
    const auto first = static_cast<std::ptrdiff_t>(slices.size());
    for (auto& [value, queries] : values) {
      slices.push_back(slice_of(retrieval, name_of(attribute), value, std::move(queries)));
    }
    std::stable_sort(slices.begin() + first, slices.end(),
                     [](const Slice& a, const Slice& b) { return a.queries.size() > b.queries.size(); });
  }
  return slices;
}

std::vector<Attributes> attributes_of_queries(const Retrieval& retrieval, const GroundTruth& truth) {
  std::vector<Attributes> attributes;
  for (const QueryRanking& query : retrieval.queries) {
    const TruthText& text = truth.texts[query.query];
    attributes.push_back(text.attributes ? *text.attributes : attributes_of(text.text));
  }
  return attributes;
}

Retrieval part_of(const Retrieval& retrieval, std::span<const std::size_t> queries) {
  Retrieval part{.cutoffs = retrieval.cutoffs, .queries = {}, .clusters = {}, .mean = {}};
  std::unordered_map<int, int> numbers;
  std::vector<Measures> all;
  for (const std::size_t query : queries) {
    part.queries.push_back(retrieval.queries[query]);
    all.push_back(retrieval.queries[query].measures);
    if (retrieval.clusters.empty()) continue;
    const int next = static_cast<int>(numbers.size());
    part.clusters.push_back(numbers.try_emplace(retrieval.clusters[query], next).first->second);
  }
  part.mean = mean(all, part.cutoffs);
  return part;
}

}  // namespace glimpse::evaluate
