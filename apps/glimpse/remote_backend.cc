#include "remote_backend.h"

#include <utility>

#include "base/file.h"
#include "image/decode.h"
#include "image/thumbnail.h"
#include "paths.h"
#include "served_pictures.h"

namespace glimpse::app {
namespace {

server::SearchAnswer answer_of(const search::Hits& hits, const OpenRemote& open) {
  server::SearchAnswer answer{.results = {},
                              .model = open.model.stored.name,
                              .total = hits.compared,
                              .encode_ms = hits.encode_ms,
                              .search_ms = hits.search_ms,
                              .generation = open.generation.id.value};
  for (const auto& hit : hits.hits) answer.results.push_back(described(hit.picture, hit.score));
  return answer;
}

Result<search::Hits> find(search::RemoteEngine& engine, const server::SearchRequest& request) {
  const search::Page page = page_of(request);
  if (request.like) return engine.by_likeness({*request.like}, page, request.filter);
  if (!request.image.empty()) return engine.by_image(request.image, page, request.filter);
  if (request.in == server::SearchIn::kCaptions) {
    return Error::invalid_argument("this server answers from Qdrant, which holds no captions: search pictures");
  }
  return engine.by_text(request.text, page, request.filter);
}

Result<std::vector<server::FacetCount>> facet(search::RemoteEngine& engine, const std::string& key) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto values, engine.values_of(key));
  std::vector<server::FacetCount> list;
  for (const auto& value : values) list.push_back({value.value, value.points});
  return list;
}

/// The reference system's points do not say it; a name's ending does.
std::string media_type_of(const library::Picture& picture) {
  std::string kind = picture.format;
  if (kind.empty()) kind = picture.name.extension().native();
  if (kind.starts_with('.')) kind.erase(0, 1);
  for (char& c : kind) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (kind == "jpg" || kind == "jpe") kind = "jpeg";
  if (kind == "tif") kind = "tiff";
  return "image/" + kind;
}

}  // namespace

std::unique_ptr<RemoteBackend> RemoteBackend::create(CurrentRemote& remote) {
  auto thumbnails = library::ThumbnailCache::open(cache_directory() / "thumbnails");
  return std::unique_ptr<RemoteBackend>(new RemoteBackend(remote, thumbnails ? *std::move(thumbnails) : nullptr));
}

Result<server::SearchAnswer> RemoteBackend::search(const server::SearchRequest& request) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, remote_.get());
  GLIMPSE_ASSIGN_OR_RETURN(const auto hits, find(*open->engine, request));
  return answer_of(hits, *open);
}

Result<server::SearchAnswer> RemoteBackend::browse(const server::SearchRequest& request) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, remote_.get());
  search::Page page = page_of(request);
  page.order = search::Order::kBestFirst;  // the store's own order is by time
  GLIMPSE_ASSIGN_OR_RETURN(const auto hits, open->engine->newest(page, request.filter));
  return answer_of(hits, *open);
}

Result<server::FacetsAnswer> RemoteBackend::facets() {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, remote_.get());
  server::FacetsAnswer answer;
  GLIMPSE_ASSIGN_OR_RETURN(answer.pictures, open->engine->count());
  GLIMPSE_ASSIGN_OR_RETURN(answer.cameras, facet(*open->engine, "camera"));
  GLIMPSE_ASSIGN_OR_RETURN(answer.lenses, facet(*open->engine, "lens"));
  GLIMPSE_ASSIGN_OR_RETURN(answer.formats, facet(*open->engine, "format"));
  GLIMPSE_ASSIGN_OR_RETURN(answer.folders, facet(*open->engine, "folders"));
  return answer;
}

Result<server::StatusAnswer> RemoteBackend::status() {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, remote_.get());
  server::StatusAnswer answer{.model = open->model.stored.name,
                              .dimension = open->target.info.dimension,
                              .roots = {},
                              .model_loaded = open->model.encoder->loaded(),
                              .generation = open->generation.id.value};
  GLIMPSE_ASSIGN_OR_RETURN(answer.pictures, open->engine->count());
  if (!remote_.files().dataset().empty()) answer.roots.push_back(display(remote_.files().dataset()));
  return answer;
}

Result<server::Picture> RemoteBackend::picture(std::int64_t id) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, remote_.get());
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, open->engine->picture({id}));
  return described(picture, 0);
}

Result<server::PictureFile> RemoteBackend::served(const library::Picture& picture) const {
  // What a collection says is not more to be trusted than those who may write to it.
  GLIMPSE_ASSIGN_OR_RETURN(auto path, remote_.files().real_path(picture.path));
  if (!image::has_picture_extension(path.native())) {
    return Error::not_found("{}: not a picture's name", display(picture.path));
  }
  auto directory = path.parent_path();
  return server::PictureFile{
      .path = std::move(path), .media_type = media_type_of(picture), .root = std::move(directory)};
}

Result<server::PictureFile> RemoteBackend::file(std::int64_t id) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, remote_.get());
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, open->engine->picture({id}));
  return served(picture);
}

Result<server::PictureFile> RemoteBackend::file_by_name(const std::string& name) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, remote_.get());
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, open->engine->find(name));
  if (!picture) return Error::not_found("no picture named '{}' in collection '{}'", name, open->target.collection);
  return served(*picture);
}

Result<std::vector<std::byte>> RemoteBackend::thumbnail(std::int64_t id, int max_side) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, remote_.get());
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, open->engine->picture({id}));
  const bool known = picture.content != Hash128();
  if (thumbnails_ && known) {
    if (auto cached = thumbnails_->find(picture.content, max_side)) return *std::move(cached);
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto file, served(picture));
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(file.path, image::DecodeLimits{}.max_bytes));
  GLIMPSE_ASSIGN_OR_RETURN(auto jpeg, image::thumbnail_jpeg(bytes, max_side));
  // The cache is a convenience: a full disk must not cost the answer.
  if (thumbnails_ && known && hash128(bytes) == picture.content) {
    (void)thumbnails_->put(picture.content, max_side, jpeg);
  }
  return jpeg;
}

// Judgments are the library's; a collection has no place for them.
namespace {
Error no_judgments() {
  return Error::unsupported(
      "judgments are kept in a library, and this server answers from a Qdrant collection alone: judge on a machine "
      "that "
      "has the library");
}
}  // namespace

Result<server::JudgmentsAnswer> RemoteBackend::judgments(const server::JudgmentsRequest&) { return no_judgments(); }
Result<server::JudgmentAnswer> RemoteBackend::judge(const server::JudgmentRequest&) { return no_judgments(); }
Result<void> RemoteBackend::forget_judgment(const server::JudgmentKey&) { return no_judgments(); }
Result<std::string> RemoteBackend::judgments_file(server::JudgmentsFile) { return no_judgments(); }

}  // namespace glimpse::app
