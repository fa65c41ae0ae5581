#include <fmt/core.h>

#include "base/memory.h"
#include "eval/compare_models.h"
#include "eval/named_measures.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

/// The best has nothing to be compared with.
ordered_json against_best_json(const ModelComparison& comparison, const ModelFigures& model) {
  if (comparison.is_best(model)) return nullptr;
  const auto& difference = model.against_best.paired.difference;
  return {{"outcome", name_of(outcome_of(model.against_best))},
          {"difference", difference.mean},
          {"interval", {difference.low, difference.high}},
          {"p", model.against_best.paired.p_value}};
}

}  // namespace

ordered_json comparison_json(const ModelComparison& comparison) {
  const auto& first = comparison.models.front().json;
  ordered_json json = {{"measure", comparison.measure},
                       {"pictures", first["pictures"]},
                       {"queries", first["queries"]},
                       {"models", ordered_json::array()}};
  for (const ModelFigures& model : comparison.models) {
    ordered_json one = {{"name", model.name}};
    for (const char* key : {"model", "precision", "pictures_per_second", "words_ms", "words_ms_p99", "memory_bytes",
                            "unread", "text_to_image", "image_to_text", "slices"}) {
      if (model.json.contains(key)) one[key] = model.json[key];
    }
    one["against_best"] = against_best_json(comparison, model);
    json["models"].push_back(std::move(one));
  }
  return json;
}

void print_comparison(const ModelComparison& comparison) {
  const NamedMeasure named{comparison.measure, nullptr, 0};
  fmt::print("{:<24} {:>8} {:>18} {:>11} {:>9} {:>9}  {}\n", "", in_words(named), "95 % interval", "pictures/s",
             "words ms", "memory", "against the best");
  for (const ModelFigures& model : comparison.models) {
    const auto& found = model.json["text_to_image"];
    const auto& interval = found["intervals"][comparison.measure];
    fmt::print("{:<24} {:>8.3f} {:>18} {:>11.1f} {:>9.1f} {:>9}  {}\n", model.label,
               found[comparison.measure].get<double>(),
               fmt::format("{:.3f} to {:.3f}", interval[0].get<double>(), interval[1].get<double>()),
               model.json["pictures_per_second"].get<double>(), model.json["words_ms"].get<double>(),
               readable_bytes(model.json["memory_bytes"].get<std::uint64_t>()), comparison.standing(model));
  }
}

}  // namespace glimpse::app
