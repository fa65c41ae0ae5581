// JSON and query strings to our types. The shapes are those of api/openapi.yaml.
#include "server/wire.h"

#include <algorithm>
#include <map>

#include "filter/conditions.h"
#include "server/url.h"
#include "server/wire_json.h"

namespace glimpse::server {
namespace {

Parsed<std::string> checked_text(std::string_view text, std::string_view field) {
  if (text.size() > kMaxQueryBytes) {
    return unprocessable(fmt::format("{}: at most {} bytes, got {}", field, kMaxQueryBytes, text.size()));
  }
  if (text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos) {
    return unprocessable(fmt::format("{}: must not be empty; describe a picture, as in 'black dog'", field));
  }
  return std::string(text);
}

Refusal bad_number(std::string_view field, std::int64_t low, std::int64_t high, std::string_view got) {
  return unprocessable(fmt::format("{}: expected a whole number from {} to {}, got {}", field, low, high, got));
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

std::optional<Sort> sort_by(std::string_view name) {
  if (name == "best") return Sort::kBest;
  if (name == "date") return Sort::kDate;
  return std::nullopt;
}

Refusal bad_sort(std::string_view got) {
  return unprocessable(fmt::format("sort: expected 'best' or 'date', got {}", got));
}

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
  if (name == "filter") return read_filter(value, request.filter);
  if (name == "sort") {
    const auto sort = value.is_string() ? sort_by(value.get_ref<const std::string&>()) : std::nullopt;
    if (!sort) return bad_sort(excerpt(value));
    request.sort = *sort;
    return std::nullopt;
  }
  if (name != "query") {
    return unprocessable(
        fmt::format("{}: unknown field; expected query, like, in, filter, sort, limit, offset", excerpt(Json(name))));
  }
  if (!value.is_string()) return unprocessable(fmt::format("query: expected a string, got {}", excerpt(value)));
  auto text = checked_text(value.get_ref<const std::string&>(), "query");
  if (!text) return Refusal(std::move(text).error());
  request.text = *std::move(text);
  return std::nullopt;
}

struct Parameters {
  std::map<std::string, std::string> single;
  filter::Filter filter;
};

bool is_condition(std::string_view name, bool repeatable_only = false) {
  return std::ranges::any_of(filter::conditions(), [&](const filter::Condition& condition) {
    return condition.name == name && (condition.repeatable || !repeatable_only);
  });
}

Parsed<Parameters> query_parameters(std::string_view query) {
  auto pairs = parse_query_pairs(query);
  if (!pairs) return malformed(pairs.error().message());
  Parameters parameters;
  std::map<std::string, std::size_t> times;
  for (auto& [name, value] : *pairs) {
    const bool repeatable = is_condition(name, true);
    if (++times[name] > filter::kMaxValues && repeatable) {
      return unprocessable(fmt::format("{}: given more than {} times", name, filter::kMaxValues));
    }
    if (!repeatable && parameters.single.contains(name)) {
      return malformed(fmt::format("URL: the parameter '{}' is given twice", name));
    }
    if (is_condition(name)) {
      if (const auto added = filter::add_condition(parameters.filter, name, value); !added) {
        return unprocessable(added.error().message());
      }
    }
    if (!repeatable) parameters.single.emplace(std::move(name), std::move(value));
  }
  return parameters;
}

Parsed<SearchRequest> read_paging(const Parameters& given) {
  SearchRequest request;
  request.filter = given.filter;
  const auto& parameters = given.single;
  if (const auto sort = parameters.find("sort"); sort != parameters.end()) {
    const auto order = sort_by(sort->second);
    if (!order) return bad_sort(excerpt(Json(sort->second)));
    request.sort = *order;
  }
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
  if (parameters->single.contains("q") == parameters->single.contains("like")) {
    return unprocessable("give exactly one of 'q' and 'like', as in ?q=black%20dog or ?like=17");
  }
  if (const auto in = parameters->single.find("in"); in != parameters->single.end()) {
    const auto place = search_in(in->second);
    if (!place) return bad_place(excerpt(Json(in->second)));
    request->in = *place;
  }
  if (const auto like = parameters->single.find("like"); like != parameters->single.end()) {
    request->like = parse_integer(like->second, 1, kMaxId);
    if (!request->like) return bad_number("like", 1, kMaxId, excerpt(Json(like->second)));
    if (request->in == SearchIn::kCaptions) return likeness_of_captions();
    return request;
  }
  auto words = checked_text(parameters->single.at("q"), "q");
  if (!words) return Refusal(std::move(words).error());
  request->text = *std::move(words);
  return request;
}

Parsed<SearchRequest> parse_browse_query(std::string_view query) {
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

}  // namespace glimpse::server
