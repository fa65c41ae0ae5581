#include "evaluate/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/assert.h"

namespace glimpse::evaluate {
namespace {

constexpr double kLevel = 0.05;
constexpr std::size_t kWorthIt = 1'000'000;    // beyond so many queries nobody goes
constexpr double kSame = 1e-12;                // below: rounding
constexpr double kDeviations = 1.96 + 0.8416;  // quantiles 0.975 and 0.8 of the normal distribution

struct Group {
  double sum = 0, count = 0;
};

std::vector<Group> groups_of(std::span<const double> differences, std::span<const int> clusters) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < differences.size(); ++i) {
    const std::size_t at = clusters.empty() ? i : static_cast<std::size_t>(clusters[i]);
    if (at >= groups.size()) groups.resize(at + 1);
    groups[at].sum += differences[i];
    groups[at].count += 1;
  }
  return groups;
}

/// Of a ratio of sums over groups, linearised: the residual of a group is its sum less the mean times its count.
double standard_error(const std::vector<Group>& groups) {
  Group all;
  for (const Group& group : groups) all = {all.sum + group.sum, all.count + group.count};
  if (groups.size() < 2) return 0;
  double squares = 0;
  for (const Group& group : groups) squares += std::pow(group.sum - all.sum / all.count * group.count, 2);
  const auto count = static_cast<double>(groups.size());
  return std::sqrt(squares * count / (count - 1)) / all.count;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// Up to two digits that say something: 1,234 → 1,300.
std::size_t rounded_up(double count) {
  double unit = 1;
  while (count / unit > 100) unit *= 10;
  return static_cast<std::size_t>(std::ceil(count / unit) * unit);
}

std::string with_commas(std::size_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

/// What is rounded to zero has no sign.
double unsigned_zero(double value) { return std::abs(value) < 0.0005 ? 0.0 : value; }

}  // namespace

Comparison compare(std::span<const double> before, std::span<const double> after, std::span<const int> clusters,
                   const BootstrapOptions& options) {
  GLIMPSE_ASSERT(before.size() == after.size());
  Comparison result{.before = mean_of(before), .after = mean_of(after), .paired = {}};
  result.paired = compare_paired(before, after, clusters, options);
  std::vector<double> differences;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double difference = after[i] - before[i];
    differences.push_back(difference);
    (difference > kSame ? result.wins : difference < -kSame ? result.losses : result.ties) += 1;
  }
  const auto groups = groups_of(differences, clusters);
  result.standard_error = standard_error(groups);
  result.queries = before.size();
  result.groups = groups.size();
  return result;
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kBetter:
      return "better";
    case Outcome::kWorse:
      return "worse";
    case Outcome::kNoDifference:
      return "no difference";
    case Outcome::kEqual:
      return "equal";
  }
  return "";
}

Outcome outcome_of(const Comparison& comparison) {
  if (comparison.wins == 0 && comparison.losses == 0) return Outcome::kEqual;
  if (comparison.paired.p_value >= kLevel) return Outcome::kNoDifference;
  if (comparison.paired.difference.low > 0) return Outcome::kBetter;
  return comparison.paired.difference.high < 0 ? Outcome::kWorse : Outcome::kNoDifference;
}

std::optional<std::size_t> more_queries_needed(const Comparison& comparison) {
  const double difference = std::abs(comparison.paired.difference.mean);
  if (difference < kSame || comparison.standard_error < kSame) return std::nullopt;
  const double times = std::pow(kDeviations * comparison.standard_error / difference, 2);
  const double more = (times - 1) * static_cast<double>(comparison.queries);
  constexpr double kMost = 1e12;  // beyond all data; also keeps the number whole
  return more < 1 ? 1 : rounded_up(std::min(more, kMost));
}

std::string p_in_words(double p) { return p < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", p); }

std::string signed_difference(double value) { return fmt::format("{:+.3f}", unsigned_zero(value)); }

std::string verdict(const Comparison& comparison, std::string_view measure, std::string_view before,
                    std::string_view after) {
  const auto& [mean, low, high] = comparison.paired.difference;
  const auto figures = fmt::format("{} {} [{:.3f}, {:.3f}], {}", measure, signed_difference(mean), unsigned_zero(low),
                                   unsigned_zero(high), p_in_words(comparison.paired.p_value));
  switch (outcome_of(comparison)) {
    case Outcome::kBetter:
      return fmt::format("{} is better than {}: {}", after, before, figures);
    case Outcome::kWorse:
      return fmt::format("{} is worse than {}: {}", after, before, figures);
    case Outcome::kEqual:
      return fmt::format("{} and {} are equally right on each of {} queries", before, after,
                         with_commas(comparison.queries));
    case Outcome::kNoDifference:
      break;
  }
  const auto more = more_queries_needed(comparison);
  const auto need = !more               ? std::string()
                    : *more <= kWorthIt ? fmt::format("; about {} more queries would be needed", with_commas(*more))
                                        : fmt::format("; if there is one, it is at most {:.3f}", std::max(-low, high));
  return "no difference that this data can show: " + figures + need;
}

}  // namespace glimpse::evaluate
