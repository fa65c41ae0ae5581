#include "analyze/duplicates.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "analyze/parallel.h"

namespace glimpse::analyze {
namespace {

/// Sets that grow together. Source: Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", 1975.
class DisjointSets {
 public:
  explicit DisjointSets(std::size_t count) : parents_(count) { std::iota(parents_.begin(), parents_.end(), 0u); }
  std::size_t first_of(std::size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    a = first_of(a);
    b = first_of(b);
    parents_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parents_;
};

std::vector<Group> largest_first(std::vector<Group> groups) {
  std::erase_if(groups, [](const Group& group) { return group.size() < 2; });
  std::ranges::stable_sort(groups, [](const Group& a, const Group& b) { return a.size() > b.size(); });
  return groups;
}

bool same_shape(const PictureFacts& a, const PictureFacts& b, double factor) {
  const double x = static_cast<double>(a.width) * b.height, y = static_cast<double>(b.width) * a.height;
  return x <= y * factor && y <= x * factor;
}

bool nearly_same(const PictureFacts& a, const PictureFacts& b, const NearRule& rule) {
  return hash_distance(a.look.sketch, b.look.sketch) <= rule.hash_bits && same_shape(a, b, rule.ratio) &&
         sketch_difference(a.look.sketch, b.look.sketch) <= rule.difference;
}

/// Of files with the same bytes the first.
std::vector<std::size_t> distinct(const std::vector<PictureFacts>& pictures) {
  std::map<Hash128, std::size_t> seen;
  std::vector<std::size_t> first;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (seen.emplace(pictures[i].content, i).second) first.push_back(i);
  }
  return first;
}

}  // namespace

std::vector<Group> exact_duplicates(const std::vector<PictureFacts>& pictures) {
  std::map<Hash128, Group> by_content;
  for (std::size_t i = 0; i < pictures.size(); ++i) by_content[pictures[i].content].push_back(i);
  std::vector<Group> groups;
  for (auto& [content, group] : by_content) groups.push_back(std::move(group));
  std::ranges::sort(groups);
  return largest_first(std::move(groups));
}

std::vector<Group> near_duplicates(const std::vector<PictureFacts>& pictures, int threads, const NearRule& rule) {
  const auto looked_at = distinct(pictures);
  std::vector<std::vector<std::size_t>> partners(looked_at.size());
  for_each_index(looked_at.size(), threads, [&](std::size_t i) {
    for (std::size_t j = i + 1; j < looked_at.size(); ++j) {
      if (nearly_same(pictures[looked_at[i]], pictures[looked_at[j]], rule)) partners[i].push_back(j);
    }
  });
  DisjointSets sets(looked_at.size());
  for (std::size_t i = 0; i < partners.size(); ++i) {
    for (const std::size_t j : partners[i]) sets.join(i, j);
  }
  std::map<std::size_t, Group> groups;
  for (std::size_t i = 0; i < looked_at.size(); ++i) groups[sets.first_of(i)].push_back(looked_at[i]);
  std::vector<Group> found;
  for (auto& [first, group] : groups) found.push_back(std::move(group));
  return largest_first(std::move(found));
}

std::vector<std::size_t> originals(std::size_t pictures, const std::vector<Group>& exact,
                                   const std::vector<Group>& near) {
  DisjointSets sets(pictures);
  for (const auto* groups : {&exact, &near}) {
    for (const Group& group : *groups) {
      for (const std::size_t member : group) sets.join(group.front(), member);
    }
  }
  std::vector<std::size_t> first(pictures);
  for (std::size_t i = 0; i < pictures; ++i) first[i] = sets.first_of(i);
  return first;
}

}  // namespace glimpse::analyze
