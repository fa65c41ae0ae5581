#include "analysis/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyze/report_sections.h"
#include "base/file.h"
#include "report/plot.h"

namespace glimpse::app {
namespace {

using analyze::Analysis;
using analyze::counted;
using analyze::share;

constexpr std::size_t kWordsShown = 12, kGroupsShown = 12, kClassesShown = 6, kFilesShown = 5, kWordCharacters = 24;

/// Names of files and words of captions may hold anything: a line stays one line, and sends a terminal no commands.
std::string line(std::string_view name, std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return fmt::format("  {:<11} {}\n", name, text);
}

/// "jpeg 1,990, png 12": the most frequent first.
template <typename Kind>
std::string counts(const std::map<Kind, std::size_t>& all) {
  using analyze::name_of;
  using image::name_of;
  std::vector<std::pair<std::size_t, Kind>> sorted;
  for (const auto& [kind, count] : all) sorted.emplace_back(count, kind);
  std::ranges::stable_sort(sorted, std::ranges::greater{}, [](const auto& one) { return one.first; });
  std::vector<std::string> parts;
  for (const auto& [count, kind] : sorted) {
    const std::string_view name = name_of(kind);
    parts.push_back(fmt::format("{} {}", name.substr(0, name.find(' ')), counted(count)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string picture_lines(const Analysis& analysis) {
  const auto& summary = analysis.pictures;
  const std::size_t all = analysis.material.pictures.size();
  std::string text = line("formats", counts(summary.formats));
  text +=
      line("size", fmt::format("median {:.0f} x {:.0f}, from {:.0f} x {:.0f} to {:.0f} x {:.0f}; {} under {} pixels",
                               summary.width.median, summary.height.median, summary.width.least, summary.height.least,
                               summary.width.most, summary.height.most, counted(summary.small), analyze::kModelSide));
  text += line("shape", counts(summary.shapes));
  text +=
      line("light",
           fmt::format("brightness {:.2f}, contrast {:.2f} (medians); {} dark, {} glaring, {} with hardly any contrast",
                       summary.brightness.median, summary.contrast.median, counted(summary.dark),
                       counted(summary.bright), counted(summary.flat)));
  text += line("colour", fmt::format("{}; {} greyscale ({})", counts(summary.hues), counted(summary.greyscale),
                                     share(summary.greyscale, all)));
  text +=
      line("duplicates", fmt::format("{} of the same bytes ({}), {} the same to the eye ({} more)",
                                     counted(analysis.exact.size(), "group"),
                                     counted(analyze::surplus(analysis.exact), "surplus file"),
                                     counted(analysis.near.size(), "group"), counted(analyze::surplus(analysis.near))));
  return text;
}

std::string class_line(const analyze::ClassBalance& balance) {
  if (balance.source == analyze::ClassSource::kNone) return {};
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(kClassesShown, balance.classes.size()); ++i) {
    parts.push_back(fmt::format("{} {}", balance.classes[i].name, counted(balance.classes[i].pictures)));
  }
  return line("classes", fmt::format("{} by {}: {}{}", counted(balance.classes.size()),
                                     balance.source == analyze::ClassSource::kFolders ? "folder" : "name",
                                     fmt::join(parts, ", "), balance.classes.size() > kClassesShown ? ", …" : ""));
}

std::string caption_lines(const Analysis& analysis) {
  if (!analysis.captions) return {};
  const auto& summary = *analysis.captions;
  const auto& set = *analysis.material.captions;
  const auto words = analyze::spread_of(summary.words);
  std::string text =
      line("captions", fmt::format("{} on {} ({}); {:.1f} words on average, {:.0f} to {:.0f}",
                                   counted(set.links.size(), "caption"), counted(summary.captioned, "picture"),
                                   share(summary.captioned, analysis.material.pictures.size()), words.mean, words.least,
                                   words.most));
  text += line(
      "", fmt::format("{} shared by several pictures, {} of pictures that are not here{}",
                      counted(summary.shared.size()), counted(set.strangers.size()),
                      summary.tokens.empty() ? ""
                                             : fmt::format(", {} longer than the {} tokens that the model reads",
                                                           counted(summary.too_long.size()), summary.context_length)));
  std::vector<std::string> frequent;
  for (std::size_t i = 0; i < std::min(kWordsShown, summary.frequent.size()); ++i)
    frequent.push_back(report::shortened(summary.frequent[i].word, kWordCharacters));
  return text + line("words", fmt::format("{} different ones; most often {}", counted(summary.vocabulary),
                                          fmt::join(frequent, ", ")));
}

std::string space_lines(const Analysis& analysis) {
  if (!analysis.space) return {};
  const auto& clusters = analysis.space->clustering.clusters;
  std::string text = line("groups", fmt::format("{} of pictures alike", clusters.size()));
  for (std::size_t i = 0; i < std::min(kGroupsShown, clusters.size()); ++i) {
    text += line("", fmt::format("{:>6}  {}", counted(clusters[i].members.size()),
                                 clusters[i].words.empty()
                                     ? display(analysis.material.pictures[clusters[i].members.front()].name)
                                     : name_of(clusters[i], i)));
  }
  if (clusters.size() > kGroupsShown)
    text += line("", fmt::format("        and {} more", clusters.size() - kGroupsShown));
  return text;
}

std::string fit_line(const Analysis& analysis) {
  if (!analysis.fits || analysis.fits->similarities.empty()) return {};
  return line("fit",
              fmt::format("{} of captions are closest to their own picture, of {}; cosine {:.2f} (median)",
                          share(analysis.fits->first, analysis.fits->similarities.size()),
                          counted(analysis.fits->compared), analyze::spread_of(analysis.fits->similarities).median));
}

std::string unreadable_lines(const std::vector<analyze::UnreadableFile>& files) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kFilesShown, files.size()); ++i) {
    text += line(i == 0 ? "unreadable" : "", fmt::format("{}: {}", display(files[i].name), files[i].reason));
  }
  if (files.size() > kFilesShown) text += line("", fmt::format("… and {} more", counted(files.size() - kFilesShown)));
  return text;
}

}  // namespace

std::string analysis_text(const Analysis& analysis, const Gathered& gathered) {
  const auto& material = analysis.material;
  std::string text = fmt::format("{}: {}, {}", display(material.folder), counted(material.pictures.size(), "picture"),
                                 analyze::bytes_in_words(analysis.pictures.size_bytes));
  if (!material.unreadable.empty())
    text += fmt::format("; {} cannot be read", counted(material.unreadable.size(), "file"));
  text += gathered.model.empty() ? "\n" : fmt::format("; model {}\n", gathered.model);
  if (!material.pictures.empty()) text += picture_lines(analysis);
  text += class_line(analysis.classes) + caption_lines(analysis) + fit_line(analysis) + space_lines(analysis);
  return text + unreadable_lines(material.unreadable);
}

}  // namespace glimpse::app
