#include "library/details_rows.h"

#include "library/library.h"
#include "library/library_state.h"
#include "library/schema.h"

namespace glimpse::library {
namespace {

std::optional<double> real_or_none(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.real(column));
}

image::PictureDetails read_details(const Statement& row) {
  return {.taken_at_ms = row.is_null(0) ? std::nullopt : std::optional(row.integer(0)),
          .camera = std::string(row.text(1)),
          .lens = std::string(row.text(2)),
          .latitude = real_or_none(row, 3),
          .longitude = real_or_none(row, 4)};
}

}  // namespace

Result<void> put_details(Connection& connection, ImageId picture, const image::PictureDetails& details) {
  return connection.run(
      "INSERT OR REPLACE INTO details (picture, taken_at_ms, camera, lens, latitude, longitude, checksum) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, glimpse_sum(?1, ?2, ?3, ?4, ?5, ?6))",
      picture.value, details.taken_at_ms, details.camera, details.lens, details.latitude, details.longitude);
}

Result<void> add_details(Connection& connection, std::span<Picture> pictures) {
  GLIMPSE_ASSIGN_OR_RETURN(const bool any, has_details(connection));
  if (!any) return {};
  for (Picture& picture : pictures) {
    GLIMPSE_ASSIGN_OR_RETURN(
        auto row,
        connection.query("SELECT taken_at_ms, camera, lens, latitude, longitude FROM details WHERE picture = ?",
                         picture.id.value));
    GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
    if (found) picture.details = read_details(row);
  }
  return {};
}

Result<std::vector<Picture>> Library::missing_details(ImageId after, std::int64_t limit) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const bool any, has_details(*reader));
  std::vector<ImageId> ids;
  if (!any) return std::vector<Picture>();
  GLIMPSE_ASSIGN_OR_RETURN(auto rows,
                           reader->query("SELECT id FROM pictures WHERE id > ? AND id NOT IN (SELECT picture FROM "
                                         "details) ORDER BY id LIMIT ?",
                                         after.value, limit));
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) break;
    ids.push_back({rows.integer(0)});
  }
  return pictures(ids);
}

}  // namespace glimpse::library
