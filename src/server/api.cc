#include "server/api.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "base/hash.h"
#include "server/failure.h"
#include "server/file_response.h"
#include "server/judgment_routes.h"
#include "server/url.h"
#include "server/wire.h"

namespace glimpse::server {
namespace {

constexpr int kReferenceResults = 5;
constexpr std::array<int, 4> kThumbnailSizes = {160, 320, 640, 1280};
constexpr int kMaxThumbnailRequest = 10'000;

Response text_response(int status, std::string text) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  if (status == 503) response.headers.add("Retry-After", "1");
  response.body = std::move(text);
  return response;
}

/// Asks the backend and notes how long each step took.
Result<SearchAnswer> timed_search(const ApiContext& context, const SearchRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  GLIMPSE_ASSIGN_OR_RETURN(SearchAnswer answer, context.backend.search(request));
  const std::chrono::duration<double> total = std::chrono::steady_clock::now() - start;
  context.metrics.add_step("encode", answer.encode_ms / 1000);
  context.metrics.add_step("nearest", answer.search_ms / 1000);
  context.metrics.add_step("total", total.count());
  return answer;
}

Response answer_search(const ApiContext& context, const SearchRequest& request) {
  const Result<SearchAnswer> answer = timed_search(context, request);
  return answer ? json_response(search_json(request, *answer)) : failure(answer.error());
}

Response search_get(const ApiContext& context, const Request& request) {
  auto parsed = parse_search_query(request.query);
  return parsed ? answer_search(context, *parsed) : std::move(parsed).error();
}

Response search_post(const ApiContext& context, const Request& request) {
  auto parsed = parse_search_body(request.body);
  return parsed ? answer_search(context, *parsed) : std::move(parsed).error();
}

/// The same failures mean something else when the picture came from the client: its bytes are the wrong input.
Response upload_failure(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kCorruption:
      return failure(422, "invalid_argument", error.message());
    case ErrorCode::kResourceExhausted:
      return failure(413, "payload_too_large", error.message());
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kUnsupported:
    case ErrorCode::kIo:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kCancelled:
    case ErrorCode::kUnavailable:
    case ErrorCode::kInternal:
      break;
  }
  return failure(error);
}

Response search_image(const ApiContext& context, const Request& request) {
  auto parsed = parse_browse_query(request.query);
  if (!parsed) return std::move(parsed).error();
  if (request.body.empty()) return failure(422, "invalid_argument", "the body must be a picture file; it is empty");
  parsed->image.resize(request.body.size());
  std::memcpy(parsed->image.data(), request.body.data(), request.body.size());
  const Result<SearchAnswer> answer = timed_search(context, *parsed);
  return answer ? json_response(search_json(*parsed, *answer)) : upload_failure(answer.error());
}

Response browse(const ApiContext& context, const Request& request) {
  auto parsed = parse_browse_query(request.query);
  if (!parsed) return std::move(parsed).error();
  const Result<SearchAnswer> answer = context.backend.browse(*parsed);
  return answer ? json_response(search_json(*parsed, *answer)) : failure(answer.error());
}

Parsed<std::int64_t> picture_id(const Request& request) {
  const auto id = parse_integer(request.argument, 1, INT64_MAX);
  if (id) return *id;
  return tl::unexpected(failure(422, "invalid_argument", "picture id: expected a whole number above 0"));
}

Response picture(const ApiContext& context, const Request& request) {
  auto id = picture_id(request);
  if (!id) return std::move(id).error();
  const Result<Picture> found = context.backend.picture(*id);
  return found ? json_response(picture_json(*found)) : failure(found.error());
}

Response picture_file(const ApiContext& context, const Request& request) {
  auto id = picture_id(request);
  if (!id) return std::move(id).error();
  const Result<PictureFile> file = context.backend.file(*id);
  return file ? file_response(request, *file) : failure(file.error());
}

/// The size served for a `size` parameter: the smallest of ours that is not smaller.
Parsed<int> thumbnail_size(const Request& request) {
  auto parameters = parse_query(request.query);
  if (!parameters) return tl::unexpected(failure(400, "malformed_request", parameters.error().message()));
  const auto found = parameters->find("size");
  if (found == parameters->end()) return 320;
  const auto size = parse_integer(found->second, 1, kMaxThumbnailRequest);
  if (!size) {
    return tl::unexpected(failure(422, "invalid_argument",
                                  fmt::format("size: expected a whole number from 1 to {}", kMaxThumbnailRequest)));
  }
  const auto fitting = std::ranges::lower_bound(kThumbnailSizes, *size);
  return fitting == kThumbnailSizes.end() ? kThumbnailSizes.back() : *fitting;
}

Response thumbnail(const ApiContext& context, const Request& request) {
  auto id = picture_id(request);
  if (!id) return std::move(id).error();
  auto size = thumbnail_size(request);
  if (!size) return std::move(size).error();
  const Result<std::vector<std::byte>> jpeg = context.backend.thumbnail(*id, *size);
  if (!jpeg) return failure(jpeg.error());
  Response response;
  response.headers.add("Content-Type", "image/jpeg");
  response.body = std::string(reinterpret_cast<const char*>(jpeg->data()), jpeg->size());
  const std::string etag = fmt::format("\"{}\"", hash128(std::span<const std::byte>(*jpeg)).hex());
  return with_etag(request, std::move(response), etag, "private, max-age=300");
}

Response reference_search(const ApiContext& context, const Request& request) {
  auto query = parse_reference_body(request.body);
  if (!query) return std::move(query).error();
  SearchRequest search;
  search.text = *std::move(query);
  search.limit = kReferenceResults;
  const Result<SearchAnswer> answer = timed_search(context, search);
  return answer ? json_response(reference_json(*answer)) : failure(answer.error());
}

Response reference_image(const ApiContext& context, const Request& request) {
  const Result<std::string> name = percent_decode(request.argument);
  if (!name) return failure(400, "malformed_request", name.error().message());
  // The backend looks names up and never builds a path from one; refusing here as well costs nothing.
  if (!is_relative_name(*name)) return failure(404, "not_found", "no picture has such a name");
  const Result<PictureFile> file = context.backend.file_by_name(*name);
  return file ? file_response(request, *file) : failure(file.error());
}

Response facets(const ApiContext& context) {
  const Result<FacetsAnswer> answer = context.backend.facets();
  return answer ? json_response(facets_json(*answer)) : failure(answer.error());
}

Response status(const ApiContext& context) {
  const Result<StatusAnswer> answer = context.backend.status();
  if (!answer) return failure(answer.error());
  return json_response(status_json(*answer, context.backend.ready() && !context.stopping()));
}

std::string_view phase(const ApiContext& context) {
  if (context.stopping()) return "stopping";
  return context.backend.ready() ? "ok" : "starting";
}

Response health(const ApiContext& context) {
  const std::string_view now = phase(context);
  Response response = json_response(fmt::format(R"({{"status":"{}"}})", now));
  if (now == "ok") return response;
  response.status = 503;
  response.headers.add("Retry-After", "1");
  return response;
}

Response readyz(const ApiContext& context) {
  const std::string_view now = phase(context);
  return text_response(now == "ok" ? 200 : 503, fmt::format("{}\n", now));
}

Response metrics(const ApiContext& context) {
  if (const Result<StatusAnswer> answer = context.backend.status()) {
    context.metrics.set_gauge("glimpse_pictures", "Pictures in the library.", static_cast<double>(answer->pictures));
    context.metrics.set_gauge("glimpse_failed_files", "Files that could not be indexed.",
                              static_cast<double>(answer->failed));
    context.metrics.set_gauge("glimpse_model_loaded", "1 when a tower of the model is in memory.",
                              answer->model_loaded ? 1 : 0);
  }
  context.metrics.set_gauge("glimpse_ready", "1 when searches are answered.", phase(context) == "ok" ? 1 : 0);
  Response response = text_response(200, context.metrics.text());
  response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

Response alive() { return text_response(200, "ok\n"); }

}  // namespace

void add_api_routes(Router& router, const ApiContext& context) {
  const auto add = [&](std::string method, std::string pattern, auto function, BodyKind body = BodyKind::kNone) {
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler = [context, function](const Request& request) { return function(context, request); },
                .body = body});
  };
  const auto add_probe = [&](std::string pattern, auto function) {
    router.add({.method = "GET",
                .pattern = std::move(pattern),
                .handler = [context, function](const Request&) { return function(context); },
                .open = true,
                .on_loop = true});
  };
  add("GET", "/api/v1/search", search_get);
  add("POST", "/api/v1/search", search_post, BodyKind::kJson);
  add("POST", "/api/v1/search/image", search_image, BodyKind::kPicture);
  add("GET", "/api/v1/pictures", browse);
  add("GET", "/api/v1/pictures/{id}", picture);
  add("GET", "/api/v1/pictures/{id}/thumbnail", thumbnail);
  add("GET", "/api/v1/pictures/{id}/file", picture_file);
  add("GET", "/api/v1/facets", [](const ApiContext& c, const Request&) { return facets(c); });
  add("GET", "/api/v1/status", [](const ApiContext& c, const Request&) { return status(c); });
  add_judgment_routes(router, context);
  add("GET", "/metrics", [](const ApiContext& c, const Request&) { return metrics(c); });
  add("POST", "/search/images", reference_search, BodyKind::kJson);
  add("GET", "/images/{name*}", reference_image);
  add_probe("/api/v1/health", health);
  add_probe("/readyz", readyz);
  add_probe("/healthz", [](const ApiContext&) { return alive(); });
  add_probe("/livez", [](const ApiContext&) { return alive(); });
}

}  // namespace glimpse::server
