#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "current_search.h"
#include "judge/judgment_writer.h"
#include "library/thumbnail_cache.h"
#include "server/backend.h"

namespace glimpse::app {

/// What the server serves, answered by the library as it is at each request; an empty one until there is one. `search`
/// must outlive it.
class LibraryBackend : public server::Backend {
 public:
  static Result<std::unique_ptr<LibraryBackend>> create(CurrentSearch& search);

  bool ready() const override { return true; }
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
  LibraryBackend(CurrentSearch& search, std::unique_ptr<library::ThumbnailCache> thumbnails)
      : search_(search), thumbnails_(std::move(thumbnails)) {}

  Result<library::Picture> find(std::int64_t id);
  JudgmentWriter& writer(const library::Library& library);

  CurrentSearch& search_;
  std::unique_ptr<library::ThumbnailCache> thumbnails_;  ///< None when its folder cannot be written.
  std::once_flag first_judgment_;
  std::optional<JudgmentWriter> writer_;  ///< From the first judgment on.
};

}  // namespace glimpse::app
