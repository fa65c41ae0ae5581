#pragma once

#include <memory>

#include "base/result.h"
#include "current_remote.h"
#include "library/thumbnail_cache.h"
#include "server/backend.h"

namespace glimpse::app {

/// What the server serves, answered by a Qdrant collection: with no library, so that any number of servers can answer
/// side by side. Files come from DATASET_PATH. Captions, which only libraries hold, are empty. `remote` must outlive
/// it.
class RemoteBackend : public server::Backend {
 public:
  static std::unique_ptr<RemoteBackend> create(CurrentRemote& remote);

  /// From when the collection was found first.
  bool ready() const override { return remote_.opened() != nullptr; }
  Result<server::SearchAnswer> search(const server::SearchRequest& request) override;
  Result<server::SearchAnswer> browse(const server::SearchRequest& request) override;
  Result<server::FacetsAnswer> facets() override;
  Result<server::StatusAnswer> status() override;
  Result<server::Picture> picture(std::int64_t id) override;
  Result<server::PictureFile> file(std::int64_t id) override;
  Result<server::PictureFile> file_by_name(const std::string& name) override;
  Result<std::vector<std::byte>> thumbnail(std::int64_t id, int max_side) override;
  Result<server::JudgmentsAnswer> judgments(const server::JudgmentsRequest& request) override;
  Result<server::JudgmentAnswer> judge(const server::JudgmentRequest& request) override;
  Result<void> forget_judgment(const server::JudgmentKey& key) override;
  Result<std::string> judgments_file(server::JudgmentsFile which) override;

 private:
  RemoteBackend(CurrentRemote& remote, std::unique_ptr<library::ThumbnailCache> thumbnails)
      : remote_(remote), thumbnails_(std::move(thumbnails)) {}
  Result<server::PictureFile> served(const library::Picture& picture) const;

  CurrentRemote& remote_;
  std::unique_ptr<library::ThumbnailCache> thumbnails_;  ///< None when its folder cannot be written.
};

}  // namespace glimpse::app
