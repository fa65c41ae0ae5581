#pragma once

#include <memory>

#include "base/result.h"
#include "library/thumbnail_cache.h"
#include "open_search.h"
#include "server/backend.h"

namespace glimpse::app {

/// What the server serves, answered by the library. `search` must outlive it.
class LibraryBackend : public server::Backend {
 public:
  static Result<std::unique_ptr<LibraryBackend>> create(OpenSearch& search);

  bool ready() const override { return true; }
  Result<server::SearchAnswer> search(const server::SearchRequest& request) override;
  Result<server::SearchAnswer> browse(int limit, int offset) override;
  Result<server::StatusAnswer> status() override;
  Result<server::Picture> picture(std::int64_t id) override;
  Result<server::PictureFile> file(std::int64_t id) override;
  Result<server::PictureFile> file_by_name(const std::string& name) override;
  Result<std::vector<std::byte>> thumbnail(std::int64_t id, int max_side) override;

 private:
  LibraryBackend(OpenSearch& search, std::unique_ptr<library::ThumbnailCache> thumbnails)
      : search_(search), thumbnails_(std::move(thumbnails)) {}

  OpenSearch& search_;
  std::unique_ptr<library::ThumbnailCache> thumbnails_;  ///< None when its folder cannot be written.
};

}  // namespace glimpse::app
