#include "analysis/json.h"

#include "base/file.h"

namespace glimpse::app {
namespace {

using analyze::Analysis;
using nlohmann::ordered_json;

ordered_json spread_json(const analyze::Spread& spread) {
  return {{"least", spread.least},   {"quarter", spread.quarter},
          {"median", spread.median}, {"three_quarters", spread.three_quarters},
          {"most", spread.most},     {"mean", spread.mean}};
}

template <typename Kind>
ordered_json counts_json(const std::map<Kind, std::size_t>& counts) {
  using analyze::name_of;
  using image::name_of;
  ordered_json json = ordered_json::object();
  for (const auto& [kind, count] : counts) {
    std::string name(name_of(kind));
    json[name.substr(0, name.find(' '))] = count;  // without what people are told in brackets
  }
  return json;
}

std::string name_of_picture(const Analysis& analysis, std::size_t index) {
  return analysis.material.pictures[index].name.native();
}

ordered_json names_json(const Analysis& analysis, std::span<const std::size_t> indexes) {
  ordered_json names = ordered_json::array();
  for (const std::size_t index : indexes) names.push_back(name_of_picture(analysis, index));
  return names;
}

ordered_json groups_json(const Analysis& analysis, const std::vector<analyze::Group>& groups) {
  ordered_json json = ordered_json::array();
  for (const auto& group : groups) json.push_back(names_json(analysis, group));
  return json;
}

void add_pictures(const Analysis& analysis, ordered_json& json) {
  const auto& summary = analysis.pictures;
  json["formats"] = counts_json(summary.formats);
  json["shapes"] = counts_json(summary.shapes);
  json["width"] = spread_json(summary.width);
  json["height"] = spread_json(summary.height);
  json["megapixels"] = spread_json(summary.megapixels);
  json["kilobytes"] = spread_json(summary.kilobytes);
  json["aspect_ratio"] = spread_json(summary.ratio);
  json["brightness"] = spread_json(summary.brightness);
  json["contrast"] = spread_json(summary.contrast);
  json["saturation"] = spread_json(summary.saturation);
  json["hues"] = counts_json(summary.hues);
  json["greyscale"] = summary.greyscale;
  json["dark"] = summary.dark;
  json["glaring"] = summary.bright;
  json["flat"] = summary.flat;
  json["small"] = summary.small;
}

ordered_json classes_json(const analyze::ClassBalance& balance) {
  if (balance.source == analyze::ClassSource::kNone) return nullptr;
  ordered_json counts = ordered_json::array();
  for (const auto& one : balance.classes) counts.push_back({{"name", one.name}, {"pictures", one.pictures}});
  return {{"source", balance.source == analyze::ClassSource::kFolders ? "folders" : "names"},
          {"effective", balance.effective},
          {"counts", counts}};
}

ordered_json captions_json(const Analysis& analysis) {
  if (!analysis.captions) return nullptr;
  const auto& set = *analysis.material.captions;
  const auto& summary = *analysis.captions;
  ordered_json words = ordered_json::array(), shared = ordered_json::array(), too_long = ordered_json::array();
  for (const auto& word : summary.frequent) {
    words.push_back({{"word", word.word}, {"times", word.times}, {"captions", word.captions}});
  }
  for (const auto& one : summary.shared) {
    shared.push_back({{"caption", set.texts[one.text]}, {"pictures", names_json(analysis, one.pictures)}});
  }
  for (const std::size_t text : summary.too_long) too_long.push_back(set.texts[text]);
  ordered_json json = {{"captions", set.links.size()},
                       {"distinct", set.texts.size()},
                       {"pictures", summary.captioned},
                       {"without", names_json(analysis, summary.without)},
                       {"of_no_picture", set.strangers.size()},
                       {"broken", set.broken},
                       {"repeated", set.repeated},
                       {"per_picture", spread_json(analyze::spread_of(summary.per_picture))},
                       {"words", spread_json(analyze::spread_of(summary.words))}};
  json["tokens"] = summary.tokens.empty() ? ordered_json() : spread_json(analyze::spread_of(summary.tokens));
  json["context_length"] = summary.tokens.empty() ? ordered_json() : ordered_json(summary.context_length);
  json["too_long"] = std::move(too_long);
  json["vocabulary"] = summary.vocabulary;
  json["written_once"] = summary.once;
  json["frequent_words"] = std::move(words);
  json["shared"] = std::move(shared);
  return json;
}

ordered_json fits_json(const Analysis& analysis, const std::vector<analyze::Fit>& fits) {
  ordered_json json = ordered_json::array();
  for (const auto& fit : fits) {
    json.push_back(
        {{"path", name_of_picture(analysis, fit.link.picture)},
         {"caption", analysis.material.captions->texts[fit.link.text]},
         {"cosine", fit.similarity},
         {"rank", fit.rank},
         {"closest", fit.rival_similarity < -1 ? ordered_json() : ordered_json(name_of_picture(analysis, fit.rival))},
         {"closest_cosine", fit.rival_similarity}});
  }
  return json;
}

ordered_json fit_json(const Analysis& analysis) {
  if (!analysis.fits) return nullptr;
  return {{"cosine", spread_json(analyze::spread_of(analysis.fits->similarities))},
          {"closest_to_own", analysis.fits->first},
          {"compared_with", analysis.fits->compared},
          {"worst", fits_json(analysis, analysis.fits->worst)},
          {"misplaced", fits_json(analysis, analysis.fits->misplaced)}};
}

void add_space(const Analysis& analysis, ordered_json& json) {
  json["groups"] = json["map"] = json["similar"] = nullptr;
  if (!analysis.space) return;
  const auto& space = *analysis.space;
  ordered_json groups = ordered_json::array(), map = ordered_json::array(), similar = ordered_json::array();
  for (const auto& cluster : space.clustering.clusters) {
    groups.push_back(
        {{"words", cluster.words}, {"cosine", cluster.tightness}, {"pictures", names_json(analysis, cluster.members)}});
  }
  for (std::size_t i = 0; i < space.mapped.size(); ++i) {
    map.push_back({{"path", name_of_picture(analysis, space.mapped[i])},
                   {"x", space.map[i][0]},
                   {"y", space.map[i][1]},
                   {"group", space.clustering.assignment[space.mapped[i]]}});
  }
  for (const auto& pair : space.pairs) {
    similar.push_back({{"first", name_of_picture(analysis, pair.first)},
                       {"second", name_of_picture(analysis, pair.second)},
                       {"cosine", pair.similarity}});
  }
  json["groups"] = std::move(groups);
  json["map"] = std::move(map);
  json["similar"] = std::move(similar);
}

}  // namespace

ordered_json analysis_json(const Analysis& analysis, const Gathered& gathered) {
  ordered_json unreadable = ordered_json::array();
  for (const auto& file : analysis.material.unreadable) {
    unreadable.push_back({{"path", file.name.native()}, {"reason", file.reason}});
  }
  ordered_json json = {{"folder", analysis.material.folder.native()},
                       {"model", gathered.model.empty() ? ordered_json() : ordered_json(gathered.model)},
                       {"precision", gathered.precision.empty() ? ordered_json() : ordered_json(gathered.precision)},
                       {"from_library", gathered.from_library},
                       {"pictures", analysis.material.pictures.size()},
                       {"bytes", analysis.pictures.size_bytes},
                       {"unreadable", unreadable}};
  add_pictures(analysis, json);
  json["duplicates"] = {{"exact", groups_json(analysis, analysis.exact)},
                        {"near", groups_json(analysis, analysis.near)}};
  json["classes"] = classes_json(analysis.classes);
  json["captions"] = captions_json(analysis);
  json["fit"] = fit_json(analysis);
  add_space(analysis, json);
  json["left_out"] = gathered.left_out;
  return json;
}

}  // namespace glimpse::app
