#include "eval/page_of_pair.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/file.h"
#include "eval/page_of_model.h"
#include "eval/page_pictures.h"
#include "eval/page_tables.h"
#include "report/document.h"
#include "report/histogram.h"
#include "report/table.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using evaluate::Comparison;
using report::Align;

constexpr int kShownChanges = 12;  // queries that gained most, and as many that lost most, where --worst says nothing

std::string counted(std::size_t count) { return human_count(static_cast<std::int64_t>(count)); }

report::Table table_of_both(const Pair& pair, const std::string& caption, const std::string& first) {
  return {.caption = caption,
          .columns = {{first},
                      {pair.name_a, Align::kRight},
                      {pair.name_b, Align::kRight},
                      {"difference", Align::kRight},
                      {"95 % interval", Align::kRight},
                      {"p", Align::kRight}},
          .rows = {}};
}

std::vector<report::Markup> row_of(const std::string& name, const Comparison& comparison) {
  const auto& difference = comparison.paired.difference;
  return {name,
          three_decimals(comparison.before),
          three_decimals(comparison.after),
          evaluate::signed_difference(difference.mean),
          range_in_words(difference),
          three_decimals(comparison.paired.p_value)};
}

report::Markup measures_of_both(const Pair& pair, const std::string& caption, const evaluate::Retrieval& a,
                                const evaluate::Retrieval& b) {
  auto table = table_of_both(pair, caption, "measure");
  for (const auto& measure : named_measures(a.cutoffs)) {
    table.rows.push_back(row_of(in_words(measure), compare(a, b, measure)));
  }
  return report::table(table);
}

report::Markup slices_of_both(const Pair& pair) {
  auto table = table_of_both(pair, in_words(pair.measure) + " by what the query speaks of", "speaks of");
  table.columns.insert(table.columns.begin() + 1, {"queries", Align::kRight});
  table.columns.push_back({"remark"});
  for (const auto& slice : pair.slices.attributes) {
    auto row = row_of(slice.attribute, compare(part_of(pair.a.to_pictures, slice.queries),
                                               part_of(pair.b.to_pictures, slice.queries), pair.measure));
    row.insert(row.begin() + 1, counted(slice.queries.size()));
    row.push_back(slice.trusted() ? "" : "too few to trust");
    table.rows.push_back(std::move(row));
  }
  return report::table(table);
}

/// A row each, in the order of the file.
report::Markup each_query(const Pair& pair) {
  const auto counted = precision_beside(pair.measure);
  report::Table table{.caption = "Query by query", .columns = {{"query"}}, .rows = {}};
  for (const auto& measure : {counted, pair.measure}) {
    for (const auto& side : {pair.name_a, pair.name_b})
      table.columns.push_back({in_words(measure) + ", " + side, Align::kRight});
  }
  for (std::size_t i = 0; i < pair.a.to_pictures.queries.size(); ++i) {
    const auto &a = pair.a.to_pictures.queries[i], &b = pair.b.to_pictures.queries[i];
    table.rows.push_back({pair.a.embedded.truth.texts[a.query].text, three_decimals(counted.of(a.measures)),
                          three_decimals(counted.of(b.measures)), three_decimals(pair.measure.of(a.measures)),
                          three_decimals(pair.measure.of(b.measures))});
  }
  return report::table(table);
}

report::Markup gains_plot(const Pair& pair) {
  std::vector<double> gains;
  for (const std::size_t query : pair.by_gain) {
    const double gain = pair.gain(query);
    if (gain != 0) gains.push_back(gain);
  }
  if (gains.empty()) return {};
  return report::histogram(
      {.text = {.title = "What changed, query by query",
                .summary = fmt::format("Left out because nothing changed: {}. Right of zero: {} is better.",
                                       counted(pair.decided.ties), pair.name_b),
                .x_label = "difference in " + in_words(pair.measure),
                .y_label = "queries"},
       .values = std::move(gains)});
}

report::Section how_well(const Pair& pair) {
  const auto& [a, b] = std::tie(pair.a, pair.b);
  std::vector<report::Markup> beside = {
      measures_of_both(pair, "Texts look for pictures", a.to_pictures, b.to_pictures)};
  if (auto plot = gains_plot(pair); !plot.empty()) beside.push_back(std::move(plot));
  report::Section section{.heading = "How well", .blocks = {report::columns(beside), slices_of_both(pair)}};
  if (pair.asked_one_by_one()) section.blocks.insert(section.blocks.begin(), each_query(pair));
  if (!a.to_texts.queries.empty()) {
    section.blocks.push_back(report::details(
        "Pictures look for texts", measures_of_both(pair, "Pictures look for texts", a.to_texts, b.to_texts)));
  }
  return section;
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

/// Both sides' first pictures for a text. `query`: of to_pictures.queries, where it was judged.
report::Markup answers_of(const Pair& pair, PagePictures& pictures, std::size_t text_number, const std::size_t* query) {
  const auto& text = pair.a.embedded.truth.texts[text_number];
  const auto set = [&](const SideResult& side, const std::string& name) {
    report::PictureSet shown{.heading = name, .note = {}, .pictures = pictures.found(text, side.answers[text_number])};
    if (query != nullptr) {
      const auto& found = side.to_pictures.queries[*query];
      shown.note = fmt::format(
          "{} {:.3f}, {}", in_words(pair.measure), pair.measure.of(found.measures),
          found.first_right == 0 ? "nothing right" : fmt::format("first right one as number {}", found.first_right));
    }
    return shown;
  };
  const std::vector<report::PictureSet> sets = {set(pair.a, pair.name_a), set(pair.b, pair.name_b)};
  return report::side_by_side(text.text, sets);
}

report::Section changes(const Pair& pair, PagePictures& pictures, std::string heading, std::size_t count, bool gained) {
  report::Section section{.heading = std::move(heading), .blocks = {}};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t query = pair.by_gain[gained ? i : pair.by_gain.size() - 1 - i];
    section.blocks.push_back(answers_of(pair, pictures, pair.a.to_pictures.queries[query].query, &query));
  }
  return section;
}

report::Section all_answers(const Pair& pair, PagePictures& pictures) {
  report::Section section{.heading = "Side by side", .blocks = {}};
  const auto& judged = pair.a.to_pictures.queries;
  for (std::size_t text = 0; text < pair.a.answers.size(); ++text) {
    const auto found = std::ranges::find(judged, text, &evaluate::QueryRanking::query);
    const auto number = static_cast<std::size_t>(found - judged.begin());
    section.blocks.push_back(answers_of(pair, pictures, text, found == judged.end() ? nullptr : &number));
  }
  return section;
}

std::vector<report::Card> cards(const Pair& pair) {
  std::vector<report::Card> cards = {{counted(pair.a.embedded.truth.pictures.size()), "pictures", ""},
                                     {counted(pair.a.embedded.truth.texts.size()), "queries", ""}};
  if (!pair.judged()) {
    cards.push_back({fmt::format("{:.0f} %", 100 * pair.overlap()), "of pictures shared", "among the first 10"});
    return cards;
  }
  cards.push_back({three_decimals(pair.decided.before), in_words(pair.measure), pair.name_a});
  cards.push_back({three_decimals(pair.decided.after), in_words(pair.measure), pair.name_b});
  cards.push_back({counted(pair.decided.wins), "queries better", "with " + pair.name_b});
  cards.push_back({counted(pair.decided.losses), "queries worse", "with " + pair.name_b});
  return cards;
}

}  // namespace

Result<void> write_page_of_pair(const Pair& pair, const AskedTruth& asked, const EvalFlags& flags) {
  report::Document page{.title = fmt::format("{} or {}", pair.name_a, pair.name_b),
                        .lead = capitalised(pair.verdict()) + ".",
                        .cards = cards(pair),
                        .sections = {},
                        .footer = page_footer(flags)};
  if (pair.judged()) page.sections.push_back(how_well(pair));
  PagePictures pictures(pair.a.embedded.truth, asked.folder);
  if (asked.from_query_file()) {
    page.sections.push_back(all_answers(pair, pictures));
  } else {
    const auto most = static_cast<std::size_t>(flags.worst > 0 ? flags.worst : kShownChanges);
    if (pair.decided.wins > 0)
      page.sections.push_back(
          changes(pair, pictures, pair.name_b + " gains most", std::min(most, pair.decided.wins), true));
    if (pair.decided.losses > 0)
      page.sections.push_back(
          changes(pair, pictures, pair.name_b + " loses most", std::min(most, pair.decided.losses), false));
  }
  return report::write(page, flags.report);
}

}  // namespace glimpse::app
