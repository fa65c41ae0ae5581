#include "backend.h"

#include <system_error>
#include <utility>

#include "base/file.h"
#include "build_progress.h"
#include "image/decode.h"
#include "image/thumbnail.h"
#include "paths.h"
#include "root_report.h"
#include "search/browse.h"
#include "search/captions.h"
#include "served_pictures.h"

namespace glimpse::app {
namespace {

std::vector<server::FacetCount> served(const std::vector<library::FacetCount>& counts) {
  std::vector<server::FacetCount> list;
  for (const auto& count : counts) list.push_back({count.value, count.pictures});
  return list;
}

Result<std::optional<server::BuildAnswer>> building(const library::Library& library, std::int64_t pictures) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto progress, build_progress(library, pictures));
  if (!progress) return std::optional<server::BuildAnswer>();
  server::BuildAnswer answer{.model = progress->generation.model,
                             .generation = progress->generation.id.value,
                             .vectors = progress->vectors,
                             .pictures = progress->pictures,
                             .running = progress->running.has_value()};
  if (progress->running) {
    answer.pictures_per_second = progress->running->rate();
    answer.seconds_left = progress->running->seconds_left();
  }
  return std::optional(std::move(answer));
}

Error no_picture(std::int64_t id) { return Error::not_found("no picture {}: the library is empty", id); }

// The scan followed links between directories, so these are resolved here; a file that has become a link leading out of
// its directory since is not served.
Result<server::PictureFile> served(const library::Picture& picture) {
  std::error_code error;
  const auto directory = std::filesystem::canonical(picture.path.parent_path(), error);
  if (error) return Error::not_found("{}: the file is gone", display(picture.path));
  return server::PictureFile{
      .path = directory / picture.path.filename(), .media_type = "image/" + picture.format, .root = directory};
}

}  // namespace

Result<std::unique_ptr<LibraryBackend>> LibraryBackend::create(CurrentSearch& search) {
  auto thumbnails = library::ThumbnailCache::open(cache_directory() / "thumbnails");
  return std::unique_ptr<LibraryBackend>(new LibraryBackend(search, thumbnails ? *std::move(thumbnails) : nullptr));
}

Result<server::SearchAnswer> LibraryBackend::search(const server::SearchRequest& request) {
  const search::Page page = page_of(request);
  const auto& filter = request.filter;
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  server::SearchAnswer answer;
  answer.model = open ? open->model.stored.name : search_.model_name();
  if (!open) return answer;
  answer.generation = open->generation.id.value;
  auto& engine = *open->engine;
  GLIMPSE_ASSIGN_OR_RETURN(const auto hits, request.like             ? engine.by_likeness({*request.like}, page, filter)
                                            : !request.image.empty() ? engine.by_image(request.image, page, filter)
                                            : request.in == server::SearchIn::kCaptions
                                                ? search::by_caption(*open->library, request.text, page, filter)
                                                : engine.by_text(request.text, page, filter));
  answer.total = hits.compared;
  answer.encode_ms = hits.encode_ms;
  answer.search_ms = hits.search_ms;
  for (const auto& hit : hits.hits) answer.results.push_back(described(hit.picture, hit.score, hit.caption));
  return answer;
}

Result<server::SearchAnswer> LibraryBackend::browse(const server::SearchRequest& request) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  server::SearchAnswer answer;
  answer.model = open ? open->model.stored.name : search_.model_name();
  if (!open) return answer;
  answer.generation = open->generation.id.value;
  GLIMPSE_ASSIGN_OR_RETURN(const auto hits, search::browse(*open->library, page_of(request), request.filter));
  answer.total = hits.compared;
  for (const auto& hit : hits.hits) answer.results.push_back(described(hit.picture, 0, hit.caption));
  return answer;
}

Result<server::FacetsAnswer> LibraryBackend::facets() {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  server::FacetsAnswer answer;
  if (!open) return answer;
  GLIMPSE_ASSIGN_OR_RETURN(const auto facets, open->library->facets());
  answer.pictures = facets.pictures;
  answer.months = served(facets.months);
  answer.cameras = served(facets.cameras);
  answer.lenses = served(facets.lenses);
  answer.formats = served(facets.formats);
  answer.folders = served(facets.folders);
  answer.placed = facets.placed;
  answer.captioned = facets.captioned;
  return answer;
}

Result<server::StatusAnswer> LibraryBackend::status() {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  if (!open) return server::StatusAnswer{.model = search_.model_name(), .roots = {}};
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, open->library->status());
  server::StatusAnswer answer{.pictures = status.pictures,
                              .failed = status.failures,
                              .model = open->model.stored.name,
                              .dimension = open->generation.dimension,
                              .roots = {},
                              .model_loaded = open->model.encoder->loaded(),
                              .generation = open->generation.id.value,
                              .judging = true};
  GLIMPSE_ASSIGN_OR_RETURN(answer.building, building(*open->library, status.pictures));
  GLIMPSE_ASSIGN_OR_RETURN(answer.captioned, open->library->captioned_pictures());
  GLIMPSE_ASSIGN_OR_RETURN(const auto reports, report_roots(*open->library));
  for (const auto& report : reports) {
    answer.roots.push_back(display(report.root.path));
    answer.folders.push_back({.path = display(report.root.path),
                              .online = report.root.state == library::RootState::kOnline,
                              .offline_since = utc_time(report.root.offline_since_ms),
                              .offline_reason = report.root.offline_reason,
                              .pictures = report.pictures,
                              .scanned_at = utc_time(report.root.scanned_at_ms),
                              .watched = report.watched});
  }
  return answer;
}

Result<library::Picture> LibraryBackend::find(std::int64_t id) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  if (!open) return no_picture(id);
  return open->library->picture({id});
}

Result<server::Picture> LibraryBackend::picture(std::int64_t id) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  if (!open) return no_picture(id);
  const library::ImageId wanted{id};
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, open->library->picture(wanted));
  GLIMPSE_ASSIGN_OR_RETURN(auto captions, open->library->captions_of(std::span(&wanted, 1)));
  return described(picture, 0, std::move(captions.front()));
}

Result<server::PictureFile> LibraryBackend::file(std::int64_t id) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, find(id));
  return served(picture);
}

Result<server::PictureFile> LibraryBackend::file_by_name(const std::string& name) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  std::optional<library::Picture> picture;
  if (open) {
    GLIMPSE_ASSIGN_OR_RETURN(picture, open->library->find(name));
  }
  if (!picture) return Error::not_found("no picture named '{}' in the library", name);
  return served(*picture);
}

Result<std::vector<std::byte>> LibraryBackend::thumbnail(std::int64_t id, int max_side) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, find(id));
  if (thumbnails_) {
    if (auto cached = thumbnails_->find(picture.content, max_side)) return *std::move(cached);
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(picture.path, image::DecodeLimits{}.max_bytes));
  GLIMPSE_ASSIGN_OR_RETURN(auto jpeg, image::thumbnail_jpeg(bytes, max_side));
  // The cache is a convenience: a full disk must not cost the answer.
  if (thumbnails_ && hash128(bytes) == picture.content) (void)thumbnails_->put(picture.content, max_side, jpeg);
  return jpeg;
}

}  // namespace glimpse::app
