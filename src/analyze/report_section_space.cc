// What the model makes of the pictures: a map, groups, pictures that it can hardly tell apart.
#include <fmt/format.h>

#include <algorithm>

#include "analyze/report_sections.h"
#include "report/line_chart.h"
#include "report/scatter.h"

namespace glimpse::analyze {
namespace {

using report::Markup;

constexpr std::size_t kCentral = 16, kPairsShown = 12;

Markup elbow_chart(const Elbow& elbow) {
  if (elbow.k.size() < 2) return {};
  report::Series curve{"distance to the group's centre", {}};
  for (std::size_t i = 0; i < elbow.k.size(); ++i)
    curve.points.push_back({static_cast<double>(elbow.k[i]), elbow.distance[i]});
  return report::line_chart(
      {.text = {"Why this many groups",
                fmt::format(
                    "Each further group brings pictures nearer to a centre, at first quickly. At {} the curve bends: "
                    "it lies furthest below the straight line between its ends.",
                    elbow.chosen),
                "groups", "mean of 1 − cosine"},
       .series = {curve}});
}

Markup group_block(const Cluster& cluster, std::size_t number, std::size_t all, ReportPictures& pictures) {
  std::vector<report::Picture> shown;
  for (std::size_t i = 0; i < std::min(kCentral, cluster.members.size()); ++i)
    shown.push_back(pictures.picture(cluster.members[i]));
  const std::string name = name_of(cluster, number);
  return {report::element("h3", {report::element("span", {{"class", fmt::format("swatch s{}", number % 8)}}, ""),
                                 fmt::format("{}", name)}),
          report::element("p", {{"class", "note"}},
                          fmt::format("{}, {} of all; mean cosine to the centre {:.2f}. The most central first.",
                                      counted(cluster.members.size(), "picture"), share(cluster.members.size(), all),
                                      cluster.tightness)),
          report::picture_grid(name, shown)};
}

Markup pair_blocks(const Space& space, ReportPictures& pictures) {
  std::vector<Markup> tiles;
  for (std::size_t i = 0; i < std::min(kPairsShown, space.pairs.size()); ++i) {
    const Pair& pair = space.pairs[i];
    const std::vector<report::Picture> both = {pictures.picture(pair.first), pictures.picture(pair.second)};
    const std::string label = fmt::format("Cosine {:.3f}", pair.similarity);
    tiles.push_back({report::element("p", {{"class", "note"}}, label), report::picture_grid(label, both)});
  }
  return report::tiles(tiles);
}

}  // namespace

report::Section map_section(const Analysis& analysis, ReportPictures& pictures) {
  report::Section section{"Map", {}};
  if (!analysis.space) return section;
  const Space& space = *analysis.space;
  const auto& clusters = space.clustering.clusters;
  report::Scatter map{
      .text = {"All pictures, like beside like",
               "Each dot is a picture; its colour is its group. Dots that are near each other are alike to the "
               "model; distances between far ones mean nothing. The framed pictures are the centres of groups."},
      .points = {},
      .groups = {}};
  std::vector<std::size_t> place(analysis.material.pictures.size(), space.mapped.size());
  for (std::size_t i = 0; i < space.mapped.size(); ++i) {
    const std::size_t picture = space.mapped[i];
    place[picture] = i;
    const std::string& words = pictures.words(picture);
    const std::string hover =
        words == pictures.name(picture) ? words : fmt::format("{}: {}", pictures.name(picture), words);
    map.points.push_back({space.map[i][0], space.map[i][1], space.clustering.assignment[picture], hover});
  }
  for (std::size_t c = 0; c < clusters.size(); ++c) {
    map.groups.push_back(fmt::format("{} ({})", name_of(clusters[c], c), counted(clusters[c].members.size())));
    const auto central = std::ranges::find_if(
        clusters[c].members, [&](std::size_t picture) { return place[picture] < space.mapped.size(); });
    if (central == clusters[c].members.end()) continue;
    const MapPoint& at = space.map[place[*central]];
    map.pins.push_back({at[0], at[1], c, map.groups[c], pictures.thumbnail(*central)});
  }
  section.blocks = {report::scatter(map)};
  if (space.mapped.size() < analysis.material.pictures.size()) {
    section.blocks.push_back(
        report::remark(fmt::format("The map shows {} of {} pictures, evenly spread.", counted(space.mapped.size()),
                                   counted(analysis.material.pictures.size()))));
  }
  return section;
}

report::Section group_section(const Analysis& analysis, ReportPictures& pictures) {
  report::Section section{"Groups", {}};
  if (!analysis.space) return section;
  const auto& clusters = analysis.space->clustering.clusters;
  section.blocks.push_back(report::paragraph(fmt::format(
      "{} of pictures that the model sees alike, by spherical k-means.{}", counted(clusters.size(), "group"),
      analysis.captions                               ? " Each is named by the words that set its captions apart."
      : analysis.classes.source != ClassSource::kNone ? " Each is named by the classes that it has more of than others."
                                                      : "")));
  for (std::size_t c = 0; c < clusters.size(); ++c) {
    section.blocks.push_back(group_block(clusters[c], c, analysis.material.pictures.size(), pictures));
  }
  section.blocks.push_back(elbow_chart(analysis.space->clustering.elbow));
  if (!analysis.space->pairs.empty()) {
    section.blocks.push_back(report::subheading("Hard to tell apart"));
    section.blocks.push_back(report::paragraph("Different pictures that are nearly the same to the model."));
    section.blocks.push_back(pair_blocks(*analysis.space, pictures));
  }
  return section;
}

}  // namespace glimpse::analyze
