#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "commands.h"
#include "json_text.h"
#include "promote/promotion.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

/// "0.412 → 0.455", or a dash before there was a comparison.
std::string change_of(const Promotion& promotion) {
  if (promotion.comparison.is_null()) return "–";
  const std::string measure = promotion.comparison.at("measure").get<std::string>();
  return fmt::format("{} {:.3f} → {:.3f}", measure, promotion.comparison.at("old").value(measure, 0.0),
                     promotion.comparison.at("new").value(measure, 0.0));
}

/// The run whose model this one began with; empty: none of this library's.
std::string parent_of(const Promotion& promotion, const std::vector<Promotion>& all) {
  for (const Promotion& other : all) {
    if (other.id != promotion.id && !other.new_fingerprint.empty() &&
        other.new_fingerprint == promotion.old_fingerprint) {
      return other.id;
    }
  }
  return {};
}

/// The page of its training; empty before there is one.
std::filesystem::path page_of(const Promotion& promotion) {
  std::error_code ignored;
  auto page = promotion.training_run() / "report.html";
  return std::filesystem::exists(page, ignored) ? page : std::filesystem::path();
}

ordered_json json_with_parent(const Promotion& promotion, const std::vector<Promotion>& all) {
  ordered_json json = json_of(promotion);
  const std::string parent = parent_of(promotion, all);
  json["parent"] = parent.empty() ? ordered_json(nullptr) : ordered_json(parent);
  const auto page = page_of(promotion);
  json["page"] = page.empty() ? ordered_json(nullptr) : ordered_json(display(page));
  return json;
}

void print_list(const std::vector<Promotion>& all) {
  for (const Promotion& promotion : all) {
    const std::string parent = parent_of(promotion, all);
    fmt::print("{}\t{}\t{} → {}\t{}\t{}\n", promotion.id, name_of(promotion.state), promotion.old_model, promotion.name,
               change_of(promotion), parent.empty() ? "" : "after " + parent);
  }
}

/// A line for each setting and measure: one column a run.
void print_side_by_side(const std::vector<Promotion>& chosen) {
  const auto line = [&](const std::string& name, const auto& value_of) {
    fmt::print("{:<20}", name);
    for (const Promotion& promotion : chosen) fmt::print("  {:<24}", value_of(promotion));
    fmt::print("\n");
  };
  const auto setting = [](const Promotion& promotion, const std::string& name) -> std::string {
    if (promotion.training.is_null()) return "–";
    const auto& settings = promotion.training.at("run").at("settings");
    if (!settings.contains(name)) return "–";
    return settings[name].is_string() ? settings[name].get<std::string>() : settings[name].dump();
  };
  const auto measure = [](const Promotion& promotion, const std::string& name) -> std::string {
    if (promotion.comparison.is_null() || !promotion.comparison.at("new").contains(name)) return "–";
    const double before = promotion.comparison.at("old").at(name).get<double>();
    const double after = promotion.comparison.at("new").at(name).get<double>();
    return fmt::format("{:.3f} → {:.3f} ({:+.3f})", before, after, after - before);
  };
  line("run", [](const Promotion& p) { return p.id; });
  line("state", [](const Promotion& p) { return std::string(name_of(p.state)); });
  line("from", [](const Promotion& p) { return p.old_model; });
  line("to", [](const Promotion& p) { return p.name; });
  line("data", [](const Promotion& p) { return display(p.source.filename()); });
  const auto first = std::ranges::find_if(chosen, [](const Promotion& p) { return !p.training.is_null(); });
  if (first != chosen.end()) {
    for (const auto& [name, value] : first->training.at("run").at("settings").items()) {
      line(name, [&](const Promotion& p) { return setting(p, name); });
    }
  }
  const auto compared = std::ranges::find_if(chosen, [](const Promotion& p) { return !p.comparison.is_null(); });
  if (compared == chosen.end()) return;
  for (const auto& [name, value] : compared->comparison.at("new").items()) {
    line(name, [&](const Promotion& p) { return measure(p, name); });
  }
}

}  // namespace

Result<ExitCode> run_runs(const CommonFlags& common, const RunsFlags& flags) {
  const auto all = promotions(common.library);
  std::vector<Promotion> chosen = all;
  if (!flags.runs.empty()) {
    chosen.clear();
    for (const std::string& id : flags.runs) {
      GLIMPSE_ASSIGN_OR_RETURN(auto promotion, load_promotion(common.library, id));
      chosen.push_back(std::move(promotion));
    }
  }
  if (common.json) {
    ordered_json runs = ordered_json::array();
    for (const Promotion& promotion : chosen) runs.push_back(json_with_parent(promotion, all));
    print_json({{"runs", std::move(runs)}});
  } else if (flags.runs.empty()) {
    print_list(all);
  } else {
    print_side_by_side(chosen);
    for (const Promotion& promotion : chosen) {
      if (!promotion.reason.empty()) fmt::print("{}: {}\n", promotion.id, promotion.reason);
      if (const auto page = page_of(promotion); !page.empty()) {
        fmt::print("{}: {} shows its training\n", promotion.id, display(page));
      }
    }
  }
  return chosen.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

}  // namespace glimpse::app
