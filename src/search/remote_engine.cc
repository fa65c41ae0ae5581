// A query becomes a vector here; everything else is one request to the store.
#include "search/remote_engine.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "search/stopwatch.h"

namespace glimpse::search {
namespace {

Hash128 content_of(const std::string& hex) {
  Hash128 content;
  if (hex.size() != 32) return content;
  std::from_chars(hex.data(), hex.data() + 16, content.high, 16);
  std::from_chars(hex.data() + 16, hex.data() + 32, content.low, 16);
  return content;
}

}  // namespace

RemoteEngine::RemoteEngine(qdrant::Client& client, encode::Encoder& encoder, RemoteOptions options)
    : client_(client), encoder_(encoder), options_(std::move(options)) {}

Result<Hits> RemoteEngine::by_text(std::string_view words, Page page, const qdrant::Filter& filter) {
  const Stopwatch watch;
  qdrant::Nearest request;
  GLIMPSE_ASSIGN_OR_RETURN(request.vector, encoder_.embed_text(words));
  const double encode_ms = watch.milliseconds();
  GLIMPSE_ASSIGN_OR_RETURN(auto hits, nearest(std::move(request), page, filter));
  hits.encode_ms = encode_ms;
  return hits;
}

Result<Hits> RemoteEngine::by_image(std::span<const std::byte> bytes, Page page, const qdrant::Filter& filter) {
  const Stopwatch watch;
  qdrant::Nearest request;
  GLIMPSE_ASSIGN_OR_RETURN(request.vector, encoder_.embed_image(bytes));
  const double encode_ms = watch.milliseconds();
  GLIMPSE_ASSIGN_OR_RETURN(auto hits, nearest(std::move(request), page, filter));
  hits.encode_ms = encode_ms;
  return hits;
}

Result<Hits> RemoteEngine::by_likeness(library::ImageId id, Page page, const qdrant::Filter& filter) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto like, point(id));
  qdrant::Nearest request;
  request.point = like.id;
  return nearest(std::move(request), page, filter);
}

Result<Hits> RemoteEngine::newest(Page page, const qdrant::Filter& filter) {
  qdrant::Nearest request;
  if (options_.ordered_by_time) request.newest_by = "modified_at";
  GLIMPSE_ASSIGN_OR_RETURN(auto answer, nearest(std::move(request), page, filter));
  for (auto& hit : answer.hits) hit.score = 0;
  return answer;
}

Result<Hits> RemoteEngine::nearest(qdrant::Nearest request, Page page, const qdrant::Filter& filter) {
  const Stopwatch watch;
  request.filter = filter;
  request.limit = page.limit;
  request.offset = page.offset;
  request.hnsw_ef = options_.hnsw_ef;
  request.exact = options_.exact;
  const auto points = client_.nearest(options_.collection, request);
  if (!points && request.point && points.error().code() == ErrorCode::kNotFound) return points.error();
  if (!points) return of_store(points.error());
  Hits answer;
  for (const auto& point : *points) {
    const auto number = qdrant::number_of(point.id);
    if (!number) continue;  // a whole number beyond 2^52: no id that JavaScript can hold
    seen_.remember(*number, point);
    answer.hits.push_back({.picture = described(point), .score = point.score});
  }
  const auto compared = client_.count(options_.collection, filter, /*exact=*/false);
  if (!compared) return of_store(compared.error());
  answer.compared = *compared;
  answer.search_ms = watch.milliseconds();
  return answer;
}

Result<RemotePoint> RemoteEngine::point(library::ImageId id) {
  if (auto seen = seen_.find(id.value)) return *std::move(seen);
  const auto lowest = qdrant::lowest_with(id.value);
  if (lowest) {
    auto page = client_.scroll(options_.collection, {}, 1, *lowest);
    if (!page) return of_store(page.error());
    if (!page->points.empty() && qdrant::number_of(page->points.front().id) == id.value) {
      seen_.remember(id.value, page->points.front());
      return std::move(page->points.front());
    }
  }
  return Error::not_found("picture {}: not in collection '{}'", id.value, options_.collection);
}

Result<library::Picture> RemoteEngine::picture(library::ImageId id) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto found, point(id));
  return described(found);
}

Result<std::optional<library::Picture>> RemoteEngine::find(const std::string& name) {
  const auto named = qdrant::Filter().match("image_path", name);
  const auto page = client_.scroll(options_.collection, named, 1);
  if (!page) return of_store(page.error());
  if (page->points.empty()) return std::optional<library::Picture>();
  return std::optional(described(page->points.front()));
}

Result<std::int64_t> RemoteEngine::count() {
  const auto points = client_.count(options_.collection);
  if (!points) return of_store(points.error());
  return *points;
}

Error RemoteEngine::of_store(const Error& error) const {
  return options_.serving ? Error(ErrorCode::kUnavailable, error.message()) : error;
}

library::Picture RemoteEngine::described(const qdrant::FoundPoint& point) const {
  const qdrant::Payload& payload = point.payload;
  library::Picture picture;
  picture.id = {qdrant::number_of(point.id).value_or(0)};
  picture.name = payload.image_path;
  picture.path = options_.locate ? options_.locate(payload) : std::filesystem::path(payload.image_path);
  picture.content = content_of(payload.content);
  picture.format = payload.format;
  picture.width = payload.width;
  picture.height = payload.height;
  picture.stamp.size_bytes = static_cast<std::uint64_t>(payload.size_bytes);
  return picture;
}

}  // namespace glimpse::search
