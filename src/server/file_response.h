#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/backend.h"
#include "server/http.h"

namespace glimpse::server {

/// First and last byte of a range, both included.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

enum class RangeKind { kWhole, kPart, kUnsatisfiable };

/// Reads a Range field against a file of `size` bytes. Anything but one well-formed byte range is ignored, as
/// RFC 9110 section 14.2 permits: the whole file is sent.
RangeKind parse_range(std::string_view field, std::uint64_t size, ByteRange& range);

/// Whether an If-None-Match field names `etag` or is "*". Compared weakly, RFC 9110 section 13.1.2.
bool etag_matches(std::string_view if_none_match, std::string_view etag);

/// 304 when the request already has `etag`, else `response` with its ETag and Cache-Control.
Response with_etag(const Request& request, Response response, std::string_view etag, std::string_view cache_control);

/// A picture's file: conditional, ranged, and marked so that a browser shows it as a picture or not at all.
Response file_response(const Request& request, const PictureFile& file);

}  // namespace glimpse::server
