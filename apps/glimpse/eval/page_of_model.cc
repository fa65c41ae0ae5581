#include "eval/page_of_model.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/memory.h"
#include "eval/named_measures.h"
#include "eval/page_pictures.h"
#include "eval/page_tables.h"
#include "eval/report.h"
#include "report/document.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

constexpr int kHardest = 12;  // where --worst says nothing

report::Section hardest(const SideResult& side, PagePictures& pictures, int count) {
  report::Section section{.heading = "Hardest queries", .blocks = {}};
  const auto& truth = side.embedded.truth;
  for (const auto* query : evaluate::worst_queries(side.to_pictures, static_cast<std::size_t>(count))) {
    const auto& text = truth.texts[query->query];
    const auto rank = query->first_right == 0 ? "the right one did not come at all"
                                              : fmt::format("the right one came as number {}", query->first_right);
    const std::vector<report::PictureSet> sets = {
        {.heading = "What came first", .note = rank, .pictures = pictures.found(text, query->best)},
        {.heading = "What was wanted", .note = {}, .pictures = pictures.wanted(text)}};
    section.blocks.push_back(report::side_by_side(text.text, sets));
  }
  return section;
}

report::Section answers(const SideResult& side, PagePictures& pictures) {
  report::Section section{.heading = "Answers", .blocks = {}};
  const auto& truth = side.embedded.truth;
  for (std::size_t i = 0; i < truth.texts.size(); ++i) {
    const std::vector<report::PictureSet> sets = {
        {.heading = side.model, .note = {}, .pictures = pictures.found(truth.texts[i], side.answers[i])}};
    section.blocks.push_back(report::side_by_side(truth.texts[i].text, sets));
  }
  return section;
}

std::vector<report::Card> cards(const SideResult& side) {
  const auto count = [](std::size_t number) { return human_count(static_cast<std::int64_t>(number)); };
  std::vector<report::Card> cards = {{count(side.embedded.truth.pictures.size()), "pictures", ""},
                                     {count(side.embedded.truth.texts.size()), "queries", ""}};
  if (!side.to_pictures.queries.empty()) {
    const auto measure = deciding_measure(side.to_pictures.cutoffs);
    cards.push_back({three_decimals(measure.of(side.to_pictures.mean)), in_words(measure),
                     range_in_words(interval_of(side.to_pictures, measure))});
  }
  cards.push_back({fmt::format("{:.0f}", side.pictures_per_second()), "pictures a second", side.precision});
  cards.push_back({fmt::format("{:.1f} ms", side.words_ms(0.5)), "for the words of a query", "median"});
  if (side.embedded.memory_bytes > 0)
    cards.push_back({readable_bytes(side.embedded.memory_bytes), "of memory", "at the most"});
  return cards;
}

}  // namespace

std::string page_footer(const EvalFlags& flags) {
  return fmt::format(
      "Made by glimpse eval of {}. Pictures that were judged carry a sign; what nobody judged carries none.",
      display(flags.source));
}

Result<void> write_page_of_model(const SideResult& side, const AskedTruth& asked, const Slices& slices,
                                 const EvalFlags& flags) {
  report::Document page{.title = "How well " + side.model + " finds pictures",
                        .lead = display(flags.source),
                        .cards = cards(side),
                        .sections = {},
                        .footer = page_footer(flags)};
  if (!side.to_pictures.queries.empty()) {
    report::Section section{.heading = "How well", .blocks = {}};
    std::vector<report::Markup> tables = {measures_block("Texts look for pictures", side.to_pictures)};
    if (!side.to_texts.queries.empty()) tables.push_back(measures_block("Pictures look for texts", side.to_texts));
    section.blocks.push_back(report::columns(tables));
    page.sections.push_back(std::move(section));
    page.sections.push_back(slices_section(slices, side.to_pictures));
  }
  PagePictures pictures(side.embedded.truth, asked.folder);
  page.sections.push_back(asked.from_query_file() ? answers(side, pictures)
                                                  : hardest(side, pictures, flags.worst > 0 ? flags.worst : kHardest));
  return report::write(page, flags.report);
}

}  // namespace glimpse::app
