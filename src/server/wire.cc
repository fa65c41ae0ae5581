// JSON and query strings to our types and back. The shapes are those of api/openapi.yaml.

#include "server/wire.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "server/failure.h"
#include "server/url.h"

namespace glimpse::server {
namespace {

using Json = nlohmann::ordered_json;
using Refusal = tl::unexpected<Response>;

Refusal unprocessable(std::string_view message) { return Refusal(failure(422, "invalid_argument", message)); }
Refusal malformed(std::string_view message) { return Refusal(failure(400, "malformed_request", message)); }

/// How deep arrays and objects nest, without building them; strings are skipped.
int json_depth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

Parsed<Json> parse_object(std::string_view text) {
  if (json_depth(text) > kMaxJsonDepth) return malformed(fmt::format("JSON nested deeper than {}", kMaxJsonDepth));
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return malformed("the body is not valid JSON in UTF-8");
  if (!json.is_object()) return unprocessable("the body must be a JSON object such as {\"query\":\"black dog\"}");
  return json;
}

Parsed<std::string> checked_text(std::string_view text, std::string_view field) {
  if (text.size() > kMaxQueryBytes) {
    return unprocessable(fmt::format("{}: at most {} bytes, got {}", field, kMaxQueryBytes, text.size()));
  }
  if (text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos) {
    return unprocessable(fmt::format("{}: must not be empty; describe a picture, as in 'black dog'", field));
  }
  return std::string(text);
}

/// A JSON number that is whole (24 and 24.0 are the same number) and within the range.
std::optional<std::int64_t> whole_number(const Json& value, std::int64_t low, std::int64_t high) {
  std::int64_t number = 0;
  if (value.is_number_unsigned()) {
    const auto wide = value.get<std::uint64_t>();
    if (wide > static_cast<std::uint64_t>(high)) return std::nullopt;
    number = static_cast<std::int64_t>(wide);
  } else if (value.is_number_integer()) {
    number = value.get<std::int64_t>();
  } else if (value.is_number_float()) {
    const double real = value.get<double>();
    if (!(std::abs(real) < 9e15) || real != std::floor(real)) return std::nullopt;
    number = static_cast<std::int64_t>(real);
  } else {
    return std::nullopt;
  }
  return number >= low && number <= high ? std::optional(number) : std::nullopt;
}

Refusal bad_number(std::string_view field, std::int64_t low, std::int64_t high, std::string_view got) {
  return unprocessable(fmt::format("{}: expected a whole number from {} to {}, got {}", field, low, high, got));
}

std::string excerpt(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 40) + "…";
  return text;
}

constexpr std::int64_t kMaxId = INT64_MAX;

std::optional<SearchIn> search_in(std::string_view name) {
  if (name == "pictures") return SearchIn::kPictures;
  if (name == "captions") return SearchIn::kCaptions;
  return std::nullopt;
}

Refusal bad_place(std::string_view got) {
  return unprocessable(fmt::format("in: expected 'pictures' or 'captions', got {}", got));
}

Refusal likeness_of_captions() { return unprocessable("in: captions are searched by words, not by 'like'"); }

/// One field of the search body into the request; an empty Response status means it went well.
std::optional<Refusal> read_field(const std::string& name, const Json& value, SearchRequest& request) {
  const auto number = [&](std::int64_t low, std::int64_t high, auto& target) -> std::optional<Refusal> {
    const auto parsed = whole_number(value, low, high);
    if (!parsed) return bad_number(name, low, high, excerpt(value));
    target = static_cast<std::remove_reference_t<decltype(target)>>(*parsed);
    return std::nullopt;
  };
  if (name == "limit") return number(1, kMaxLimit, request.limit);
  if (name == "offset") return number(0, kMaxOffset, request.offset);
  if (name == "like") {
    std::int64_t id = 0;
    auto refusal = number(1, kMaxId, id);
    if (!refusal) request.like = id;
    return refusal;
  }
  if (name == "in") {
    const auto in = value.is_string() ? search_in(value.get_ref<const std::string&>()) : std::nullopt;
    if (!in) return bad_place(excerpt(value));
    request.in = *in;
    return std::nullopt;
  }
  if (name != "query") {
    return unprocessable(
        fmt::format("{}: unknown field; expected query, like, in, limit, offset", excerpt(Json(name))));
  }
  if (!value.is_string()) return unprocessable(fmt::format("query: expected a string, got {}", excerpt(value)));
  auto text = checked_text(value.get_ref<const std::string&>(), "query");
  if (!text) return Refusal(std::move(text).error());
  request.text = *std::move(text);
  return std::nullopt;
}

Parsed<std::map<std::string, std::string>> query_parameters(std::string_view query) {
  auto parameters = parse_query(query);
  if (!parameters) return malformed(parameters.error().message());
  return *std::move(parameters);
}

Parsed<SearchRequest> read_paging(const std::map<std::string, std::string>& parameters) {
  SearchRequest request;
  const auto read = [&](const char* name, std::int64_t low, std::int64_t high, int& target) -> bool {
    const auto found = parameters.find(name);
    if (found == parameters.end()) return true;
    const auto value = parse_integer(found->second, low, high);
    if (value) target = static_cast<int>(*value);
    return value.has_value();
  };
  if (!read("limit", 1, kMaxLimit, request.limit)) {
    return bad_number("limit", 1, kMaxLimit, excerpt(Json(parameters.at("limit"))));
  }
  if (!read("offset", 0, kMaxOffset, request.offset)) {
    return bad_number("offset", 0, kMaxOffset, excerpt(Json(parameters.at("offset"))));
  }
  return request;
}

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
  return json;
}

Json build_object(const BuildAnswer& build) {
  Json json = {{"model", build.model},     {"generation", build.generation},
               {"vectors", build.vectors}, {"pictures", build.pictures},
               {"running", build.running}, {"pictures_per_second", rounded(build.pictures_per_second, 1e1)}};
  if (build.seconds_left) json["seconds_left"] = rounded(*build.seconds_left, 1e1);
  return json;
}

/// Paths are bytes; those that are no UTF-8 show as U+FFFD.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Parsed<SearchRequest> parse_search_body(std::string_view text) {
  auto json = parse_object(text);
  if (!json) return Refusal(std::move(json).error());
  SearchRequest request;
  for (const auto& [name, value] : json->items()) {
    if (auto refusal = read_field(name, value, request)) return *std::move(refusal);
  }
  if (json->contains("query") == json->contains("like")) {
    return unprocessable("give exactly one of 'query' and 'like'");
  }
  if (request.like && request.in == SearchIn::kCaptions) return likeness_of_captions();
  return request;
}

Parsed<SearchRequest> parse_search_query(std::string_view query) {
  auto parameters = query_parameters(query);
  if (!parameters) return Refusal(std::move(parameters).error());
  auto request = read_paging(*parameters);
  if (!request) return request;
  if (parameters->contains("q") == parameters->contains("like")) {
    return unprocessable("give exactly one of 'q' and 'like', as in ?q=black%20dog or ?like=17");
  }
  if (const auto in = parameters->find("in"); in != parameters->end()) {
    const auto place = search_in(in->second);
    if (!place) return bad_place(excerpt(Json(in->second)));
    request->in = *place;
  }
  if (const auto like = parameters->find("like"); like != parameters->end()) {
    request->like = parse_integer(like->second, 1, kMaxId);
    if (!request->like) return bad_number("like", 1, kMaxId, excerpt(Json(like->second)));
    if (request->in == SearchIn::kCaptions) return likeness_of_captions();
    return request;
  }
  auto words = checked_text(parameters->at("q"), "q");
  if (!words) return Refusal(std::move(words).error());
  request->text = *std::move(words);
  return request;
}

Parsed<SearchRequest> parse_paging(std::string_view query) {
  auto parameters = query_parameters(query);
  if (!parameters) return Refusal(std::move(parameters).error());
  return read_paging(*parameters);
}

Parsed<std::string> parse_reference_body(std::string_view text) {
  auto json = parse_object(text);
  if (!json) return Refusal(std::move(json).error());
  const auto query = json->find("query");
  if (query == json->end() || !query->is_string()) return unprocessable("query: expected a string");
  return checked_text(query->get_ref<const std::string&>(), "query");
}

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

namespace {

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

}  // namespace

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
               {"model_loaded", status.model_loaded}};
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
