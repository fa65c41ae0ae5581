#include "eval/pair.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace glimpse::app {
namespace {

void add_part(std::string& name, const std::string& part) {
  if (!part.empty()) name += (name.empty() ? "" : ", ") + part;
}

/// What tells a side from the other.
std::string name_of(const SideResult& side, const SideResult& other) {
  std::string name;
  if (side.model != other.model) add_part(name, side.model);
  if (side.precision != other.precision) add_part(name, side.precision);
  if (side.params != other.params) add_part(name, side.params.empty() ? "as published" : side.params);
  if (side.prompt != other.prompt) add_part(name, side.prompt.empty() ? "no prompt" : fmt::format("“{}”", side.prompt));
  if (side.index != other.index) add_part(name, side.index);
  return name;
}

}  // namespace

evaluate::Comparison compare(const evaluate::Retrieval& a, const evaluate::Retrieval& b, const NamedMeasure& measure) {
  return evaluate::compare(measure.of(a), measure.of(b), a.clusters);
}

Result<Pair> make_pair(SideResult a, SideResult b) {
  if (a.embedded.truth.pictures != b.embedded.truth.pictures) {
    return Error::unavailable("the pictures changed while they were compared ({} were read, then {}): run it again",
                              a.embedded.truth.pictures.size(), b.embedded.truth.pictures.size());
  }
  const auto measure = deciding_measure(a.to_pictures.cutoffs);
  Pair pair{.a = std::move(a),
            .b = std::move(b),
            .name_a = {},
            .name_b = {},
            .measure = measure,
            .decided = {},
            .slices = {},
            .by_gain = {}};
  pair.name_a = name_of(pair.a, pair.b);
  pair.name_b = name_of(pair.b, pair.a);
  if (pair.name_a == pair.name_b) pair.name_a = "A", pair.name_b = "B";
  pair.decided = compare(pair.a.to_pictures, pair.b.to_pictures, measure);
  pair.slices = slices_of(pair.a.to_pictures, pair.a.embedded.truth);
  pair.by_gain.resize(pair.a.to_pictures.queries.size());
  std::iota(pair.by_gain.begin(), pair.by_gain.end(), std::size_t{0});
  std::ranges::stable_sort(pair.by_gain, std::greater(), [&](std::size_t query) { return pair.gain(query); });
  return pair;
}

std::string Pair::verdict() const {
  if (judged()) return evaluate::verdict(decided, in_words(measure), name_a, name_b);
  return fmt::format("nobody judged these queries: of the first {} pictures both sides share {:.0f} %", kNoted,
                     100 * overlap());
}

double Pair::gain(std::size_t query) const {
  return measure.of(b.to_pictures.queries[query].measures) - measure.of(a.to_pictures.queries[query].measures);
}

double Pair::overlap() const {
  double shared = 0, all = 0;
  for (std::size_t i = 0; i < a.answers.size(); ++i) {
    for (const std::size_t picture : a.answers[i]) shared += std::ranges::count(b.answers[i], picture) > 0 ? 1 : 0;
    all += static_cast<double>(a.answers[i].size());
  }
  return all > 0 ? shared / all : 1;
}

}  // namespace glimpse::app
