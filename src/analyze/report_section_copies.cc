// What is there more than once, or cannot be read, and how pictures are shared out.
#include <fmt/format.h>

#include <algorithm>

#include "analyze/report_sections.h"
#include "base/file.h"
#include "report/bar_chart.h"
#include "report/table.h"

namespace glimpse::analyze {
namespace {

using report::Align;
using report::Markup;

constexpr std::size_t kGroupsShown = 12, kMembersShown = 6, kClassesShown = 30, kFilesShown = 200;

Markup group_of(const Group& group, ReportPictures& pictures, const Analysis& analysis, std::size_t number) {
  std::vector<report::Picture> shown;
  for (std::size_t i = 0; i < std::min(kMembersShown, group.size()); ++i) {
    const PictureFacts& picture = analysis.material.pictures[group[i]];
    shown.push_back(pictures.picture(
        group[i], fmt::format("{} × {}, {}", picture.width, picture.height, bytes_in_words(picture.size_bytes))));
  }
  Markup block = report::picture_grid(fmt::format("Group {}", number + 1), shown);
  if (group.size() > kMembersShown) {
    block += report::paragraph(fmt::format("… and {} more like these.", counted(group.size() - kMembersShown)));
  }
  return block;
}

Markup groups_of(const std::vector<Group>& groups, ReportPictures& pictures, const Analysis& analysis) {
  std::vector<Markup> blocks;
  for (std::size_t i = 0; i < std::min(kGroupsShown, groups.size()); ++i) {
    blocks.push_back(group_of(groups[i], pictures, analysis, i));
  }
  Markup all = report::columns(blocks);
  if (groups.size() > kGroupsShown) {
    all += report::paragraph(
        fmt::format("{} more groups are in the output of --json.", counted(groups.size() - kGroupsShown)));
  }
  return all;
}

}  // namespace

report::Section duplicate_section(const Analysis& analysis, ReportPictures& pictures) {
  report::Section section{"Duplicates", {}};
  if (analysis.material.pictures.empty()) return section;
  section.blocks = {report::subheading(fmt::format("The same bytes: {}", counted(analysis.exact.size(), "group")))};
  section.blocks.push_back(report::paragraph(
      analysis.exact.empty()
          ? std::string("No two files are the same.")
          : fmt::format("{} could go without losing a picture.", counted(surplus(analysis.exact), "file"))));
  section.blocks.push_back(groups_of(analysis.exact, pictures, analysis));
  section.blocks.push_back(
      report::subheading(fmt::format("The same to the eye: {}", counted(analysis.near.size(), "group"))));
  section.blocks.push_back(report::paragraph(
      analysis.near.empty() ? "No picture is another one that was resized or saved again."
                            : "Resized, or saved again by another encoder. In a set for measuring, such pairs must not "
                              "stand on both sides of a split."));
  section.blocks.push_back(groups_of(analysis.near, pictures, analysis));
  return section;
}

report::Section class_section(const Analysis& analysis) {
  report::Section section{"Classes", {}};
  const ClassBalance& balance = analysis.classes;
  if (balance.source == ClassSource::kNone) return section;
  const auto& largest = balance.classes.front();
  const auto& smallest = balance.classes.back();
  std::vector<report::Bar> bars;
  report::Table table{.caption = "All classes",
                      .columns = {{"class"}, {"pictures", Align::kRight}, {"share", Align::kRight}},
                      .rows = {}};
  const std::size_t all = analysis.material.pictures.size();
  for (const ClassCount& one : balance.classes) {
    if (bars.size() < kClassesShown) {
      bars.push_back({one.name, static_cast<double>(one.pictures),
                      fmt::format("{} · {}", counted(one.pictures), share(one.pictures, all))});
    }
    table.rows.push_back({one.name, counted(one.pictures), share(one.pictures, all)});
  }
  const char* source =
      balance.source == ClassSource::kFolders ? "the folders that pictures lie in" : "what file names begin with";
  section.blocks = {
      report::paragraph(fmt::format(
          "{} classes, by {}: from {} ({}) to {} ({}). They are as hard to guess as {:.1f} classes of equal size.",
          counted(balance.classes.size()), source, smallest.name, counted(smallest.pictures), largest.name,
          counted(largest.pictures), balance.effective)),
      report::bar_chart(
          {.text = {balance.classes.size() > kClassesShown ? "The largest classes" : "Pictures in each class", "",
                    "class", "pictures"},
           .bars = std::move(bars),
           .series = 5})};
  if (balance.classes.size() > kClassesShown)
    section.blocks.push_back(report::details("All classes", report::table(table)));
  return section;
}

report::Section unreadable_section(const Analysis& analysis) {
  report::Section section{"Files that cannot be read", {}};
  const auto& files = analysis.material.unreadable;
  if (files.empty()) return section;
  report::Table table{.caption = counted(files.size(), "file"), .columns = {{"file"}, {"why"}}, .rows = {}};
  for (std::size_t i = 0; i < std::min(kFilesShown, files.size()); ++i) {
    table.rows.push_back({report::code(display(files[i].name)), files[i].reason});
  }
  section.blocks = {report::table(table)};
  if (files.size() > kFilesShown) section.blocks.push_back(report::paragraph("The rest is in the output of --json."));
  return section;
}

}  // namespace glimpse::analyze
