#include "server/file_response.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "server/failure.h"
#include "server/url.h"

namespace glimpse::server {
namespace {

/// Types a browser shows without running anything. SVG is not among them: it can carry scripts.
bool is_plain_picture(std::string_view type) {
  static constexpr std::array<std::string_view, 9> kTypes = {"image/jpeg", "image/png",  "image/gif",
                                                             "image/bmp",  "image/webp", "image/tiff",
                                                             "image/heic", "image/heif", "image/avif"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

/// A quoted ASCII name for old clients and the exact one percent-encoded. Source: RFC 6266, RFC 8187.
std::string disposition(std::string_view kind, const std::string& name) {
  std::string ascii = name;
  std::ranges::replace_if(
      ascii, [](unsigned char c) { return c < 0x20 || c >= 0x7F || c == '"' || c == '\\' || c == '%'; }, '_');
  return fmt::format("{}; filename=\"{}\"; filename*=UTF-8''{}", kind, ascii, percent_encode_path(name));
}

std::string etag_of(const OpenFile& file) {
  return fmt::format("\"{}\"", hash128(fmt::format("{} {} {}", file.size(), file.mtime_ns(), file.inode())).hex());
}

std::optional<std::uint64_t> digits(std::string_view text) {
  const auto value = parse_integer(text, 0, INT64_MAX);
  return value ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

}  // namespace

RangeKind parse_range(std::string_view field, std::uint64_t size, ByteRange& range) {
  constexpr std::string_view kUnit = "bytes=";
  if (field.size() < kUnit.size() || !equal_nocase(field.substr(0, kUnit.size()), kUnit)) return RangeKind::kWhole;
  const std::string_view spec = field.substr(kUnit.size());
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return RangeKind::kWhole;
  const auto first = digits(spec.substr(0, dash));
  const auto last = digits(spec.substr(dash + 1));
  const bool open_end = dash + 1 == spec.size();
  if (dash == 0) {  // the last n bytes
    if (!last) return RangeKind::kWhole;
    if (*last == 0 || size == 0) return RangeKind::kUnsatisfiable;
    range = {size - std::min(size, *last), size - 1};
    return RangeKind::kPart;
  }
  if (!first || (!last && !open_end) || (last && *last < *first)) return RangeKind::kWhole;
  if (*first >= size) return RangeKind::kUnsatisfiable;
  range = {*first, open_end ? size - 1 : std::min(*last, size - 1)};
  return RangeKind::kPart;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t comma = std::min(if_none_match.find(','), if_none_match.size());
    std::string_view one = if_none_match.substr(0, comma);
    if_none_match.remove_prefix(std::min(if_none_match.size(), comma + 1));
    while (!one.empty() && (one.front() == ' ' || one.front() == '\t')) one.remove_prefix(1);
    while (!one.empty() && (one.back() == ' ' || one.back() == '\t')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == etag) return true;
  }
  return false;
}

Response with_etag(const Request& request, Response response, std::string_view etag, std::string_view cache_control) {
  if (etag_matches(request.headers.get("If-None-Match"), etag)) {
    response = Response{};
    response.status = 304;
  }
  response.headers.set("ETag", std::string(etag));
  response.headers.set("Cache-Control", std::string(cache_control));
  return response;
}

Response file_response(const Request& request, const PictureFile& picture) {
  auto opened = OpenFile::open(picture.path, picture.root);
  if (!opened) return failure(opened.error());
  const std::uint64_t size = opened->size();
  const std::string etag = etag_of(*opened);
  const std::string modified = http_date(opened->mtime_ns() / 1'000'000'000);
  constexpr std::string_view kCaching = "private, no-cache";

  const bool by_date =
      request.headers.count("If-None-Match") == 0 && request.headers.get("If-Modified-Since") == modified;
  ByteRange range{0, size == 0 ? 0 : size - 1};
  RangeKind kind = RangeKind::kWhole;
  const std::string_view if_range = request.headers.get("If-Range");
  if (if_range.empty() || if_range == etag || if_range == modified) {
    kind = parse_range(request.headers.get("Range"), size, range);
  }
  if (kind == RangeKind::kUnsatisfiable) {
    Response response = failure(416, "range_not_satisfiable", fmt::format("the file has {} bytes", size));
    response.headers.add("Content-Range", fmt::format("bytes */{}", size));
    return response;
  }
  Response response;
  const bool plain = is_plain_picture(picture.media_type);
  response.headers.add("Content-Type", plain ? picture.media_type : "application/octet-stream");
  response.headers.add("Content-Disposition",
                       disposition(plain ? "inline" : "attachment", picture.path.filename().string()));
  response.headers.add("Content-Security-Policy", "default-src 'none'; sandbox");
  response.headers.add("Last-Modified", modified);
  response.headers.add("Accept-Ranges", "bytes");
  if (kind == RangeKind::kPart) {
    response.status = 206;
    response.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", range.first, range.last, size));
  }
  const std::uint64_t length = size == 0 ? 0 : range.last - range.first + 1;
  response.body = FileSlice{std::move(*opened), range.first, length};
  response = with_etag(request, std::move(response), etag, kCaching);
  if (by_date && response.status == 200) {
    response.status = 304;
    response.body = std::string();
  }
  return response;
}

}  // namespace glimpse::server
