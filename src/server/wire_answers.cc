// Our types to JSON. The shapes are those of api/openapi.yaml.
#include <cmath>
#include <nlohmann/json.hpp>

#include "filter/time.h"
#include "server/wire.h"

namespace glimpse::server {
namespace {

using Json = nlohmann::ordered_json;
using filter::rfc3339;

double rounded(double value, double places) { return std::round(value * places) / places; }

Json picture_object(const Picture& picture) {
  const std::string url = fmt::format("/api/v1/pictures/{}", picture.id);
  Json json = {{"id", picture.id},
               {"path", picture.path},
               {"name", picture.name},
               {"score", rounded(picture.score, 1e6)},
               {"width", picture.width},
               {"height", picture.height},
               {"thumbnail_url", url + "/thumbnail"},
               {"file_url", url + "/file"}};
  if (!picture.caption.empty()) json["caption"] = picture.caption;
  json["format"] = picture.format;
  json["size_bytes"] = picture.size_bytes;
  json["modified_at"] = rfc3339(picture.modified_at_ms);
  if (picture.taken_at_ms) json["taken_at"] = rfc3339(*picture.taken_at_ms);
  if (!picture.camera.empty()) json["camera"] = picture.camera;
  if (!picture.lens.empty()) json["lens"] = picture.lens;
  if (picture.latitude) json["latitude"] = rounded(*picture.latitude, 1e6);
  if (picture.longitude) json["longitude"] = rounded(*picture.longitude, 1e6);
  return json;
}

Json build_object(const BuildAnswer& build) {
  Json json = {{"model", build.model},     {"generation", build.generation},
               {"vectors", build.vectors}, {"pictures", build.pictures},
               {"running", build.running}, {"pictures_per_second", rounded(build.pictures_per_second, 1e1)}};
  if (build.seconds_left) json["seconds_left"] = rounded(*build.seconds_left, 1e1);
  return json;
}

Json time_or_null(const std::string& time) { return time.empty() ? Json(nullptr) : Json(time); }

Json folders_array(const std::vector<FolderState>& folders) {
  Json list = Json::array();
  for (const FolderState& folder : folders) {
    list.push_back({{"path", folder.path},
                    {"state", folder.online ? "online" : "offline"},
                    {"offline_since", time_or_null(folder.offline_since)},
                    {"offline_reason", folder.offline_reason},
                    {"pictures", folder.pictures},
                    {"scanned_at", time_or_null(folder.scanned_at)},
                    {"watched", folder.watched}});
  }
  return list;
}

Json counts_array(const std::vector<FacetCount>& counts) {
  Json array = Json::array();
  for (const FacetCount& count : counts) array.push_back({{"value", count.value}, {"pictures", count.pictures}});
  return array;
}

/// Paths are bytes; those that are no UTF-8 show as U+FFFD.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string search_json(const SearchRequest& request, const SearchAnswer& answer) {
  Json results = Json::array();
  for (const Picture& picture : answer.results) results.push_back(picture_object(picture));
  return text_of({{"query", request.text},
                  {"results", std::move(results)},
                  {"total", answer.total},
                  {"limit", request.limit},
                  {"offset", request.offset},
                  {"model", answer.model},
                  {"generation", answer.generation},
                  {"encode_ms", rounded(answer.encode_ms, 1e3)},
                  {"search_ms", rounded(answer.search_ms, 1e3)}});
}

std::string picture_json(const Picture& picture) { return text_of(picture_object(picture)); }

std::string facets_json(const FacetsAnswer& facets) {
  return text_of({{"pictures", facets.pictures},
                  {"months", counts_array(facets.months)},
                  {"cameras", counts_array(facets.cameras)},
                  {"lenses", counts_array(facets.lenses)},
                  {"formats", counts_array(facets.formats)},
                  {"folders", counts_array(facets.folders)},
                  {"placed", facets.placed},
                  {"captioned", facets.captioned}});
}

std::string status_json(const StatusAnswer& status, bool ready) {
  Json json = {{"version", GLIMPSE_VERSION},
               {"ready", ready},
               {"pictures", status.pictures},
               {"failed", status.failed},
               {"captioned", status.captioned},
               {"model", status.model},
               {"dimension", status.dimension},
               {"generation", status.generation},
               {"roots", status.roots},
               {"folders", folders_array(status.folders)},
               {"model_loaded", status.model_loaded},
               {"judging", status.judging}};
  if (status.building) json["building"] = build_object(*status.building);
  return text_of(json);
}

std::string reference_json(const SearchAnswer& answer) {
  Json names = Json::array();
  for (const Picture& picture : answer.results) names.push_back(picture.name);
  return text_of({{"images", std::move(names)}});
}

Response json_response(std::string body) {
  Response response;
  response.headers.add("Content-Type", "application/json");
  response.headers.add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

}  // namespace glimpse::server
