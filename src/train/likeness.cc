// Pictures are put in order of the sum of their small picture's values. Two whose values differ by d on average have
// sums that differ by at most 192 d, so only a window of the order is compared; what is alike is joined (union-find).
#include "train/likeness.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>

#include "image/preprocess.h"

namespace glimpse::train {
namespace {

constexpr int kSide = 8;
constexpr int kMostDifference = kNearlyTheSame * static_cast<int>(std::tuple_size_v<Likeness>);

class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }

  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[std::max(root(a), root(b))] = std::min(root(a), root(b)); }

  std::vector<std::size_t> numbered() {
    std::vector<std::size_t> numbers(parent_.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < parent_.size(); ++i) numbers[i] = root(i) == i ? next++ : numbers[root(i)];
    return numbers;
  }

 private:
  std::vector<std::size_t> parent_;
};

int difference(const Likeness& a, const Likeness& b) {
  int sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(int{a[i]} - int{b[i]});
  return sum;
}

}  // namespace

Result<Likeness> likeness_of(const image::Image& image) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto small, image::resize(image, kSide, kSide, image::ResizeFilter::kBilinear));
  Likeness likeness{};
  std::ranges::copy(small.rgb, likeness.begin());
  return likeness;
}

std::vector<std::size_t> group_pictures(std::span<const std::string> sha1s, std::span<const Likeness> likenesses) {
  Groups groups(sha1s.size());
  std::map<std::string_view, std::size_t> first_of;
  for (std::size_t i = 0; i < sha1s.size(); ++i) groups.join(i, first_of.emplace(sha1s[i], i).first->second);
  std::vector<std::pair<int, std::size_t>> by_sum;
  for (std::size_t i = 0; i < likenesses.size(); ++i) {
    by_sum.emplace_back(std::accumulate(likenesses[i].begin(), likenesses[i].end(), 0), i);
  }
  std::ranges::sort(by_sum);
  for (std::size_t i = 0; i < by_sum.size(); ++i) {
    for (std::size_t j = i + 1; j < by_sum.size() && by_sum[j].first - by_sum[i].first <= kMostDifference; ++j) {
      if (difference(likenesses[by_sum[i].second], likenesses[by_sum[j].second]) <= kMostDifference) {
        groups.join(by_sum[i].second, by_sum[j].second);
      }
    }
  }
  return groups.numbered();
}

}  // namespace glimpse::train
