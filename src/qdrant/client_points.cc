// Writing points, looking for them, reading them.
#include <fmt/format.h>

#include <utility>

#include "base/hash.h"
#include "qdrant/client.h"
#include "qdrant/payload_json.h"
#include "qdrant/point_json.h"
#include "qdrant/transport.h"

namespace glimpse::qdrant {
namespace {

constexpr const char* kDurable = "?wait=true&ordering=strong";

std::string points_path(const std::string& collection, std::string_view rest) {
  return fmt::format("/collections/{}/points{}", in_path(collection), rest);
}

// Vectors and payloads are put into the text as they are: building JSON values of 64 x 512 numbers would take longer
// than sending them.
std::string with_points(std::span<const Point> points) {
  std::string text = R"({"points":[)";
  for (const Point& point : points) {
    if (text.back() != '[') text += ',';
    text += fmt::format(R"({{"id":{},"vector":[{}],"payload":{}}})", text_of(to_json(point.id)),
                        fmt::join(point.vector, ","), point.payload);
  }
  return text + "]}";
}

std::string with_ids(std::span<const PointId> ids) {
  Json list = Json::array();
  for (const PointId& id : ids) list.push_back(to_json(id));
  return text_of({{"points", std::move(list)}});
}

std::string query_of(const Nearest& request) {
  if (request.point) return text_of(to_json(*request.point));
  if (!request.vector.empty()) return fmt::format("[{}]", fmt::join(request.vector, ","));
  if (!request.newest_by.empty()) {
    return text_of({{"order_by", {{"key", request.newest_by}, {"direction", "desc"}}}});
  }
  return "";
}

std::string body_of(const Nearest& request) {
  std::string body = fmt::format(R"({{"limit":{},"offset":{},"with_payload":true)", request.limit, request.offset);
  if (const std::string query = query_of(request); !query.empty()) body += R"(,"query":)" + query;
  if (!request.filter.empty()) body += R"(,"filter":)" + request.filter.json();
  Json params = Json::object();
  if (request.hnsw_ef > 0) params["hnsw_ef"] = request.hnsw_ef;
  if (request.exact) params["exact"] = true;
  if (!params.empty()) body += R"(,"params":)" + text_of(params);
  return body + "}";
}

std::string filtered(const Filter& filter, std::string_view rest) {
  return filter.empty() ? fmt::format("{{{}}}", rest) : fmt::format(R"({{"filter":{},{}}})", filter.json(), rest);
}

Result<std::vector<FoundPoint>> points_from(const Transport& transport, const Json& list) {
  if (!list.is_array()) return unknown_answer(transport, "a list of points");
  std::vector<FoundPoint> points;
  for (const Json& json : list) {
    auto point = found_point_from(json);
    if (!point) return unknown_answer(transport, "points with an id");
    points.push_back(*std::move(point));
  }
  return points;
}

}  // namespace

Json to_json(const PointId& id) {
  const auto* number = std::get_if<std::uint64_t>(&id);
  return number != nullptr ? Json(*number) : Json(text_of(id));
}

std::optional<PointId> point_id_from(const Json& json) {
  if (json.is_number_unsigned()) return PointId(json.get<std::uint64_t>());
  if (!json.is_string()) return std::nullopt;
  const auto uuid = parse_uuid(json.get_ref<const std::string&>());
  return uuid ? std::optional<PointId>(*uuid) : std::nullopt;
}

std::optional<FoundPoint> found_point_from(const Json& json) {
  auto id = point_id_from(member(json, "id"));
  if (!id) return std::nullopt;
  FoundPoint point{.id = *id, .score = 0, .payload = {}, .payload_sum = 0};
  if (const Json& score = member(json, "score"); score.is_number()) point.score = score.get<float>();
  const Json& payload = member(json, "payload");
  point.payload = payload_from(payload);
  const std::string text = text_of(payload);
  point.payload_sum = hash64(std::as_bytes(std::span(text)));
  return point;
}

Client::Client(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::open(const Settings& settings, const CancelToken* cancel) {
  GLIMPSE_ASSIGN_OR_RETURN(auto transport, Transport::open(settings, cancel));
  return std::unique_ptr<Client>(new Client(std::move(transport)));
}

const std::string& Client::server() const { return transport_->server(); }

Result<void> Client::put(const std::string& name, std::span<const Point> points, std::span<const PointId> obsolete) {
  if (points.empty() && obsolete.empty()) return {};
  if (obsolete.empty()) {
    const std::string path = points_path(name, kDurable);
    GLIMPSE_RETURN_IF_ERROR(ask(*transport_, Method::kPut, path, with_points(points)));
    return {};
  }
  std::string body = R"({"operations":[)";
  if (!points.empty()) body += R"({"upsert":)" + with_points(points) + "},";
  body += R"({"delete":)" + with_ids(obsolete) + "}]}";
  const std::string path = points_path(name, std::string("/batch") + kDurable);
  GLIMPSE_RETURN_IF_ERROR(ask(*transport_, Method::kPost, path, body));
  return {};
}

Result<void> Client::erase(const std::string& name, const Filter& filter) {
  if (filter.empty()) return Error::invalid_argument("deleting all points of '{}' is not what anybody asked", name);
  const std::string path = points_path(name, std::string("/delete") + kDurable);
  GLIMPSE_RETURN_IF_ERROR(ask(*transport_, Method::kPost, path, fmt::format(R"({{"filter":{}}})", filter.json())));
  return {};
}

Result<std::int64_t> Client::count(const std::string& name, const Filter& filter, bool exact) {
  const std::string body = filtered(filter, exact ? R"("exact":true)" : R"("exact":false)");
  GLIMPSE_ASSIGN_OR_RETURN(const Json result, ask(*transport_, Method::kPost, points_path(name, "/count"), body));
  const Json& count = member(result, "count");
  if (!count.is_number_unsigned()) return unknown_answer(*transport_, "a count");
  return count.get<std::int64_t>();
}

Result<std::vector<FoundPoint>> Client::nearest(const std::string& name, const Nearest& request) {
  const std::string path = points_path(name, "/query");
  GLIMPSE_ASSIGN_OR_RETURN(const Json result, ask(*transport_, Method::kPost, path, body_of(request)));
  return points_from(*transport_, member(result, "points"));
}

Result<std::vector<float>> Client::vector_of(const std::string& name, const PointId& id) {
  const std::string body = text_of({{"ids", {to_json(id)}}, {"with_vector", true}, {"with_payload", false}});
  GLIMPSE_ASSIGN_OR_RETURN(const Json result, ask(*transport_, Method::kPost, points_path(name, ""), body));
  if (!result.is_array()) return unknown_answer(*transport_, "a list of points");
  if (result.empty()) return Error::not_found("no point {} in collection '{}'", text_of(id), name);
  std::vector<float> vector;
  for (const Json& value : member(result.front(), "vector")) {
    if (!value.is_number()) return unknown_answer(*transport_, "a vector of numbers");
    vector.push_back(value.get<float>());
  }
  return vector;
}

Result<ScrollPage> Client::scroll(const std::string& name, const Filter& filter, std::size_t limit,
                                  const std::optional<PointId>& from) {
  std::string rest = fmt::format(R"("limit":{},"with_payload":true)", limit);
  if (from) rest += R"(,"offset":)" + text_of(to_json(*from));
  const std::string path = points_path(name, "/scroll");
  GLIMPSE_ASSIGN_OR_RETURN(const Json result, ask(*transport_, Method::kPost, path, filtered(filter, rest)));
  ScrollPage page;
  GLIMPSE_ASSIGN_OR_RETURN(page.points, points_from(*transport_, member(result, "points")));
  const Json& next = member(result, "next_page_offset");
  page.next = point_id_from(next);
  if (!page.next && !next.is_null()) return unknown_answer(*transport_, "an id where the next page begins");
  return page;
}

Result<std::vector<std::string>> Client::values_of(const std::string& name, const std::string& key, std::size_t limit) {
  const std::string body = text_of({{"key", key}, {"limit", limit}});
  const std::string path = fmt::format("/collections/{}/facet", in_path(name));
  GLIMPSE_ASSIGN_OR_RETURN(const Json result, ask(*transport_, Method::kPost, path, body));
  std::vector<std::string> values;
  for (const Json& hit : member(result, "hits")) {
    if (const Json& value = member(hit, "value"); value.is_string()) values.push_back(value);
  }
  return values;
}

}  // namespace glimpse::qdrant
