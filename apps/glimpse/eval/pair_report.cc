#include "eval/pair_report.h"

#include <fmt/core.h>

#include <algorithm>

#include "eval/report.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using evaluate::Comparison;
using evaluate::Retrieval;
using nlohmann::ordered_json;

constexpr std::size_t kListed = 5;  // of the queries that gained or lost, in the terminal

ordered_json comparison_json(const Comparison& comparison) {
  const auto& difference = comparison.paired.difference;
  return {{"a", comparison.before},
          {"b", comparison.after},
          {"difference", difference.mean},
          {"interval", {difference.low, difference.high}},
          {"p", comparison.paired.p_value}};
}

ordered_json both_json(const Retrieval& a, const Retrieval& b) {
  ordered_json json = ordered_json::object();
  for (const auto& measure : named_measures(a.cutoffs)) json[measure.name] = comparison_json(compare(a, b, measure));
  return json;
}

Comparison compare_part(const Pair& pair, const evaluate::Slice& slice) {
  return compare(part_of(pair.a.to_pictures, slice.queries), part_of(pair.b.to_pictures, slice.queries), pair.measure);
}

ordered_json slices_of_pair_json(const Pair& pair) {
  ordered_json json = ordered_json::array();
  for (const auto& slice : pair.slices.attributes) {
    ordered_json one = {{"attribute", slice.attribute},
                        {"queries", slice.queries.size()},
                        {"groups", slice.groups},
                        {"trusted", slice.trusted()}};
    one.update(comparison_json(compare_part(pair, slice)));
    json.push_back(std::move(one));
  }
  return json;
}

ordered_json names_of(const Pair& pair, const std::vector<std::size_t>& pictures) {
  ordered_json names = ordered_json::array();
  for (const auto picture : pictures) names.push_back(pair.a.embedded.truth.pictures[picture].native());
  return names;
}

/// First what b answers better, last what it answers worse.
ordered_json per_query_json(const Pair& pair) {
  ordered_json json = ordered_json::array();
  for (const std::size_t at : pair.by_gain) {
    const auto &a = pair.a.to_pictures.queries[at], &b = pair.b.to_pictures.queries[at];
    const auto& text = pair.a.embedded.truth.texts[a.query];
    json.push_back({{"query", text.text},
                    {"a", pair.measure.of(a.measures)},
                    {"b", pair.measure.of(b.measures)},
                    {"rank_a", a.first_right},
                    {"rank_b", b.first_right},
                    {"right", names_of(pair, text.pictures)},
                    {"found_a", names_of(pair, a.best)},
                    {"found_b", names_of(pair, b.best)}});
    if (!pair.asked_one_by_one()) continue;
    json.back()["measures_a"] = measures_json(a.measures, pair.a.to_pictures.cutoffs);
    json.back()["measures_b"] = measures_json(b.measures, pair.b.to_pictures.cutoffs);
  }
  return json;
}

ordered_json answers_json(const Pair& pair) {
  ordered_json json = ordered_json::array();
  for (std::size_t i = 0; i < pair.a.answers.size(); ++i) {
    json.push_back({{"query", pair.a.embedded.truth.texts[i].text},
                    {"found_a", names_of(pair, pair.a.answers[i])},
                    {"found_b", names_of(pair, pair.b.answers[i])}});
  }
  return json;
}

void print_query(const Pair& pair, std::size_t at) {
  const auto &a = pair.a.to_pictures.queries[at], &b = pair.b.to_pictures.queries[at];
  fmt::print("  {:+.3f}  rank {} -> {}  {}\n", pair.gain(at), a.first_right, b.first_right,
             pair.a.embedded.truth.texts[a.query].text);
}

void print_changes(const Pair& pair) {
  const std::size_t gained = std::min(kListed, pair.decided.wins), lost = std::min(kListed, pair.decided.losses);
  if (gained > 0) fmt::print("gained most\n");
  for (std::size_t i = 0; i < gained; ++i) print_query(pair, pair.by_gain[i]);
  if (lost > 0) fmt::print("lost most\n");
  for (std::size_t i = 0; i < lost; ++i) print_query(pair, pair.by_gain[pair.by_gain.size() - 1 - i]);
}

/// In the order of the file.
void print_each_query(const Pair& pair) {
  const auto counted = precision_beside(pair.measure);
  fmt::print("query by query: {}, {}\n", in_words(counted), in_words(pair.measure));
  for (std::size_t i = 0; i < pair.a.to_pictures.queries.size(); ++i) {
    const auto &a = pair.a.to_pictures.queries[i], &b = pair.b.to_pictures.queries[i];
    fmt::print("  {:.3f} -> {:.3f}  {:.3f} -> {:.3f}  {}\n", counted.of(a.measures), counted.of(b.measures),
               pair.measure.of(a.measures), pair.measure.of(b.measures), pair.a.embedded.truth.texts[a.query].text);
  }
}

void print_line(const std::string& name, const Comparison& comparison, const std::string& note) {
  const auto& [mean, low, high] = comparison.paired.difference;
  fmt::print("  {:<13} {:.3f}  {:.3f}  {}  ({:.3f} to {:.3f})  p = {:.3f}{}\n", name, comparison.before,
             comparison.after, evaluate::signed_difference(mean), low, high, comparison.paired.p_value, note);
}

}  // namespace

ordered_json pair_json(const Pair& pair) {
  ordered_json json = {{"a", side_json(pair.a)}, {"b", side_json(pair.b)}};
  json["a"]["name"] = pair.name_a;
  json["b"]["name"] = pair.name_b;
  json["pictures"] = pair.a.embedded.truth.pictures.size();
  json["queries"] = pair.a.to_pictures.queries.size();
  json["measure"] = pair.measure.name;
  json["verdict"] = pair.verdict();
  json["overlap@10"] = pair.overlap();
  if (!pair.judged()) {
    json["outcome"] = nullptr;
    json["answers"] = answers_json(pair);
    return json;
  }
  json["outcome"] = name_of(outcome_of(pair.decided));
  const auto& difference = pair.decided.paired.difference;
  json["difference"] = difference.mean;
  json["interval"] = {difference.low, difference.high};
  json["p"] = pair.decided.paired.p_value;
  if (outcome_of(pair.decided) == evaluate::Outcome::kNoDifference) {
    const auto more = more_queries_needed(pair.decided);
    json["more_queries_needed"] = more ? ordered_json(*more) : ordered_json(nullptr);
  }
  json["wins"] = pair.decided.wins;
  json["losses"] = pair.decided.losses;
  json["ties"] = pair.decided.ties;
  json["text_to_image"] = both_json(pair.a.to_pictures, pair.b.to_pictures);
  if (!pair.a.to_texts.queries.empty()) json["image_to_text"] = both_json(pair.a.to_texts, pair.b.to_texts);
  json["slices"] = slices_of_pair_json(pair);
  json["per_query"] = per_query_json(pair);
  return json;
}

void print_pair(const Pair& pair) {
  fmt::print("{}\n", pair.verdict());
  if (!pair.judged()) return;
  fmt::print("{} queries: {} better, {} worse, {} equal\n",
             human_count(static_cast<std::int64_t>(pair.decided.queries)), pair.decided.wins, pair.decided.losses,
             pair.decided.ties);
  fmt::print("text to image: {}, {}, difference (95 % interval)\n", pair.name_a, pair.name_b);
  for (const auto& measure : named_measures(pair.a.to_pictures.cutoffs)) {
    print_line(measure.name, compare(pair.a.to_pictures, pair.b.to_pictures, measure), "");
  }
  fmt::print("{} by what the query speaks of\n", in_words(pair.measure));
  for (const auto& slice : pair.slices.attributes) {
    print_line(slice.attribute, compare_part(pair, slice), slice.trusted() ? "" : "  too few to trust");
  }
  pair.asked_one_by_one() ? print_each_query(pair) : print_changes(pair);
}

}  // namespace glimpse::app
