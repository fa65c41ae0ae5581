#include "analyze/report_page.h"

#include <fmt/format.h>

#include <array>

#include "analyze/report_sections.h"
#include "base/file.h"
#include "report/axis.h"

namespace glimpse::analyze {
namespace {

std::vector<report::Card> cards_of(const Analysis& analysis) {
  const auto& material = analysis.material;
  std::vector<report::Card> cards;
  cards.push_back({counted(material.pictures.size()), "pictures", bytes_in_words(analysis.pictures.size_bytes)});
  if (!material.unreadable.empty()) {
    cards.push_back({counted(material.unreadable.size()), "cannot be read", "named below", true});
  }
  cards.push_back({counted(surplus(analysis.exact)), "surplus files", "the same bytes", !analysis.exact.empty()});
  cards.push_back({counted(surplus(analysis.near)), "near duplicates", "the same to the eye", !analysis.near.empty()});
  if (analysis.classes.source != ClassSource::kNone) {
    cards.push_back({counted(analysis.classes.classes.size()), "classes",
                     fmt::format("as even as {:.1f}", analysis.classes.effective)});
  }
  if (analysis.captions) {
    cards.push_back(
        {counted(material.captions->links.size()), "captions",
         fmt::format("on {} of the pictures", share(analysis.captions->captioned, material.pictures.size()))});
    cards.push_back({counted(analysis.captions->vocabulary), "different words", ""});
  }
  if (analysis.fits) {
    cards.push_back(
        {share(analysis.fits->first, material.captions->links.size()), "captions closest to their own picture", ""});
  }
  if (analysis.space)
    cards.push_back({counted(analysis.space->clustering.clusters.size()), "groups", "of pictures alike"});
  return cards;
}

report::Document page(const Analysis& analysis, const ReportText& text, ReportPictures& pictures) {
  const std::filesystem::path folder = analysis.material.folder.lexically_normal();
  const auto name = folder.has_filename() ? folder.filename() : folder.parent_path().filename();
  report::Document document;
  document.title = fmt::format("What is in {}", name.empty() ? display(folder) : display(name));
  document.lead =
      text.model.empty() ? display(folder) : fmt::format("{}, as the model {} sees it", display(folder), text.model);
  document.cards = cards_of(analysis);
  document.footer = text.made_by;
  for (auto section :
       {map_section(analysis, pictures), picture_section(analysis, pictures), group_section(analysis, pictures),
        caption_section(analysis, pictures), fit_section(analysis, pictures), class_section(analysis),
        duplicate_section(analysis, pictures), unreadable_section(analysis)}) {
    if (!section.blocks.empty()) document.sections.push_back(std::move(section));
  }
  if (!text.left_out.empty()) {
    report::Section missing{"Left out", {}};
    for (const std::string& sentence : text.left_out) missing.blocks.push_back(report::remark(sentence));
    document.sections.push_back(std::move(missing));
  }
  return document;
}

}  // namespace

std::string counted(std::size_t count) { return report::tick_label(static_cast<double>(count), 0); }

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", counted(count), noun, count == 1 ? "" : "s");
}

std::string share(std::size_t part, std::size_t whole) {
  if (whole == 0 || part == 0) return "0 %";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return percent < 0.95 ? fmt::format("{:.1f} %", percent) : fmt::format("{:.0f} %", percent);
}

std::string bytes_in_words(std::uint64_t bytes) {
  constexpr std::array kUnits = {"bytes", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", value, unit > 0 && value < 10 ? 1 : 0, kUnits[unit]);
}

report::Document document_of(const Analysis& analysis, const ReportText& text, int threads) {
  ReportPictures pictures(analysis);
  page(analysis, text, pictures);  // notes which pictures are shown
  pictures.load(threads);
  return page(analysis, text, pictures);
}

}  // namespace glimpse::analyze
