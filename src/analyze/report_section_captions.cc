// What captions say, and which do not say what their picture shows.
#include <fmt/format.h>

#include <algorithm>

#include "analyze/report_sections.h"
#include "base/file.h"
#include "report/bar_chart.h"
#include "report/histogram.h"
#include "report/table.h"

namespace glimpse::analyze {
namespace {

using report::Align;
using report::Markup;

constexpr std::size_t kWordsShown = 25, kTextsShown = 15, kWithoutShown = 16, kStrangersShown = 20;

Markup words_chart(const CaptionSummary& summary, std::size_t captions) {
  std::vector<report::Bar> bars;
  std::vector<WordCount> words = summary.frequent;
  std::ranges::stable_sort(words, std::ranges::greater{}, &WordCount::captions);
  for (std::size_t i = 0; i < std::min(kWordsShown, words.size()); ++i) {
    const WordCount& word = words[i];
    bars.push_back({word.word, static_cast<double>(word.captions),
                    fmt::format("{} · {}", counted(word.captions), share(word.captions, captions))});
  }
  return report::bar_chart(
      {.text = {"Words that many captions share",
                fmt::format("Captions that have the word, of {}; words such as 'the' are left out.", counted(captions)),
                "word", "captions"},
       .bars = std::move(bars),
       .series = 3});
}

Markup shared_table(const CaptionSet& set, const CaptionSummary& summary) {
  if (summary.shared.empty()) return {};
  report::Table table{
      .caption = fmt::format("Captions that several pictures share: {}", counted(summary.shared.size())),
      .columns = {{"caption"}, {"pictures", Align::kRight}},
      .rows = {}};
  for (std::size_t i = 0; i < std::min(kTextsShown, summary.shared.size()); ++i) {
    table.rows.push_back({set.texts[summary.shared[i].text], counted(summary.shared[i].pictures.size())});
  }
  return report::table(table);
}

Markup too_long_table(const CaptionSet& set, const CaptionSummary& summary) {
  if (summary.too_long.empty()) return {};
  report::Table table{
      .caption = fmt::format("Captions longer than the {} tokens that the model reads: {}; it never sees their end",
                             summary.context_length, counted(summary.too_long.size())),
      .columns = {{"caption"}},
      .rows = {}};
  for (std::size_t i = 0; i < std::min(kTextsShown, summary.too_long.size()); ++i)
    table.rows.push_back({set.texts[summary.too_long[i]]});
  return report::table(table);
}

Markup without_captions(const CaptionSummary& summary, ReportPictures& pictures) {
  if (summary.without.empty()) return {};
  std::vector<report::Picture> shown;
  for (const std::size_t i : evenly(summary.without.size(), kWithoutShown))
    shown.push_back(pictures.picture(summary.without[i]));
  return {report::subheading(fmt::format("Pictures without a caption: {}", counted(summary.without.size()))),
          report::picture_grid("Pictures without a caption", shown)};
}

Markup strangers(const CaptionSet& set) {
  if (set.strangers.empty()) return {};
  report::Table table{
      .caption = "Captioned pictures that are not here, or cannot be read", .columns = {{"picture"}}, .rows = {}};
  for (std::size_t i = 0; i < std::min(kStrangersShown, set.strangers.size()); ++i)
    table.rows.push_back({report::code(display(set.strangers[i]))});
  return report::details(fmt::format("Captions of {} not here", counted(set.strangers.size(), "picture")),
                         report::table(table));
}

Markup misplaced(const Fit& fit, const CaptionSet& set, ReportPictures& pictures) {
  const std::vector<report::PictureSet> sides = {
      {"its own picture",
       fmt::format("cosine {:.2f}, rank {}", fit.similarity, counted(fit.rank)),
       {pictures.picture(fit.link.picture)}},
      {"the closest picture", fmt::format("cosine {:.2f}", fit.rival_similarity), {pictures.picture(fit.rival)}}};
  return report::side_by_side(Markup{"“", set.texts[fit.link.text], "”"}, sides);
}

}  // namespace

report::Section caption_section(const Analysis& analysis, ReportPictures& pictures) {
  report::Section section{"Captions", {}};
  if (!analysis.captions) return section;
  const CaptionSet& set = *analysis.material.captions;
  const CaptionSummary& summary = *analysis.captions;
  const std::size_t captions = set.links.size();
  section.blocks.push_back(report::paragraph(fmt::format(
      "{} on {} of {}; {}. {} in all, {} different ones, of which {} are "
      "written once.{}",
      counted(captions, "caption"), counted(summary.captioned), counted(analysis.material.pictures.size(), "picture"),
      counted(set.texts.size(), "different text"), counted(summary.written, "word"), counted(summary.vocabulary),
      counted(summary.once),
      set.broken + set.repeated == 0 ? ""
                                     : fmt::format(" Left out: {}, {}.", counted(set.broken, "broken record"),
                                                   counted(set.repeated, "repetition")))));
  const auto lengths = report::histogram(
      {.text = {"Length in words", "", "words", "captions"}, .values = summary.words, .whole = true, .series = 3});
  const auto tokens = report::histogram(
      {.text = {"Length in tokens", fmt::format("As the model counts; it reads {}.", summary.context_length), "tokens",
                "captions"},
       .values = summary.tokens,
       .whole = true,
       .series = 3});
  const auto counts = report::histogram({.text = {"Captions of a picture", "", "captions", "pictures"},
                                         .values = summary.per_picture,
                                         .whole = true,
                                         .series = 3});
  std::vector<Markup> blocks;
  for (const Markup& plot : {words_chart(summary, captions), lengths, tokens, counts}) {
    if (!plot.empty()) blocks.push_back(plot);
  }
  section.blocks.push_back(report::columns(blocks));
  for (const Markup& block : {shared_table(set, summary), too_long_table(set, summary),
                              without_captions(summary, pictures), strangers(set)}) {
    section.blocks.push_back(block);
  }
  return section;
}

report::Section fit_section(const Analysis& analysis, ReportPictures& pictures) {
  report::Section section{"Captions that fit badly", {}};
  if (!analysis.fits) return section;
  const CaptionSet& set = *analysis.material.captions;
  const CaptionFits& fits = *analysis.fits;
  section.blocks = {
      report::paragraph(fmt::format("For {} of the captions, their own picture is the closest of {} to the model. What "
                                    "is listed here is worth a look: a wrong caption, one that "
                                    "says little, or something that the model does not see.",
                                    share(fits.first, set.links.size()), counted(fits.compared))),
      report::histogram(
          {.text = {"How close captions are to their picture", "Cosine of the two vectors.", "cosine", "captions"},
           .values = fits.similarities,
           .series = 6}),
      report::subheading("Furthest from their picture")};
  std::vector<report::Picture> shown;
  for (const Fit& fit : fits.worst) {
    shown.push_back(pictures.picture(fit.link.picture,
                                     Markup{fmt::format("{:.2f} “", fit.similarity), set.texts[fit.link.text], "”"}));
    if (shown.size() == 16) break;
  }
  section.blocks.push_back(report::picture_grid("Captions that are furthest from their picture", shown));
  if (fits.misplaced.empty()) return section;
  section.blocks.push_back(report::subheading("Far closer to another picture"));
  std::vector<Markup> blocks;
  for (std::size_t i = 0; i < std::min<std::size_t>(8, fits.misplaced.size()); ++i)
    blocks.push_back(misplaced(fits.misplaced[i], set, pictures));
  section.blocks.push_back(report::columns(blocks));
  return section;
}

}  // namespace glimpse::analyze
