#include "remote_backend.h"

#include <utility>

#include "base/file.h"
#include "image/decode.h"
#include "image/thumbnail.h"
#include "paths.h"

namespace glimpse::app {
namespace {

server::Picture described(const library::Picture& picture, float score) {
  return {.id = picture.id.value,
          .path = display(picture.path),
          .name = display(picture.name),
          .width = picture.width,
          .height = picture.height,
          .score = score};
}

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
  const search::Page page{.limit = static_cast<std::size_t>(request.limit),
                          .offset = static_cast<std::size_t>(request.offset)};
  if (request.like) return engine.by_likeness({*request.like}, page);
  if (!request.image.empty()) return engine.by_image(request.image, page);
  if (request.in == server::SearchIn::kCaptions) {
    return Error::invalid_argument("this server answers from Qdrant, which holds no captions: search pictures");
  }
  return engine.by_text(request.text, page);
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

Result<server::SearchAnswer> RemoteBackend::browse(int limit, int offset) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, remote_.get());
  GLIMPSE_ASSIGN_OR_RETURN(const auto hits, open->engine->newest({.limit = static_cast<std::size_t>(limit),
                                                                  .offset = static_cast<std::size_t>(offset)}));
  return answer_of(hits, *open);
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

}  // namespace glimpse::app
