#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "server/backend.h"
#include "server/http.h"

namespace glimpse::server {

constexpr int kMaxLimit = 1000;
constexpr int kMaxOffset = 1'000'000;
constexpr std::size_t kMaxQueryBytes = 4096;
constexpr int kMaxJsonDepth = 32;

/// Why a request cannot be read: a ready answer. A Result whose error is one would hide the HTTP status.
template <typename T>
using Parsed = tl::expected<T, Response>;

/// The body of POST /api/v1/search. Refuses unknown fields.
Parsed<SearchRequest> parse_search_body(std::string_view json);
/// The query of GET /api/v1/search.
Parsed<SearchRequest> parse_search_query(std::string_view query);
/// `limit`, `offset`, `sort` and the filter's conditions of a query; the other parameters are left alone.
Parsed<SearchRequest> parse_browse_query(std::string_view query);
/// The body of the reference system's POST /search/images: its "query".
Parsed<std::string> parse_reference_body(std::string_view json);

std::string search_json(const SearchRequest& request, const SearchAnswer& answer);
std::string picture_json(const Picture& picture);
std::string facets_json(const FacetsAnswer& facets);
std::string status_json(const StatusAnswer& status, bool ready);
std::string reference_json(const SearchAnswer& answer);

/// 200 with a JSON body.
Response json_response(std::string body);

}  // namespace glimpse::server
