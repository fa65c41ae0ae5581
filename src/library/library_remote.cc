// What remote stores were told (remote_points.h). Rows outlive their picture on purpose: they say what to delete.
#include <cstring>
#include <span>

#include "library/library.h"
#include "library/library_state.h"

namespace glimpse::library {
namespace {

constexpr const char* kCandidates =
    "SELECT p.id, p.root, p.name, p.size_bytes, p.mtime_ns, p.content, p.format, p.width, p.height, p.orientation, "
    "p.indexed_at_ms, r.path, v.sequence, d.taken_at_ms, d.camera, d.lens, d.latitude, d.longitude, "
    "t.point, t.sequence, t.payload "
    "FROM vectors v JOIN pictures p ON p.id = v.picture JOIN roots r ON r.id = p.root "
    "LEFT JOIN details d ON d.picture = p.id "
    "LEFT JOIN remote_points t ON t.store = ?1 AND t.picture = p.id AND t.generation = v.generation "
    "WHERE v.generation = ?2 AND v.sequence > ?3 ORDER BY v.sequence LIMIT ?4";

constexpr const char* kOrphans =
    "SELECT t.picture, t.point, t.sequence, t.payload FROM remote_points t WHERE t.store = ?1 AND t.generation = ?2 "
    "AND "
    "NOT EXISTS (SELECT 1 FROM vectors v WHERE v.picture = t.picture AND v.generation = t.generation) LIMIT ?3";

std::span<const std::byte> bytes_of(const RemotePoint& point) { return std::as_bytes(std::span(point.point)); }

Result<RemotePoint> read_point(const Statement& row, int column, ImageId picture, GenerationId generation) {
  RemotePoint point{.picture = picture, .generation = generation};
  const auto id = row.blob(column);
  if (id.size() != point.point.size()) {
    return Error::corruption("picture {}: the id of its remote point has {} bytes, expected {}: 'glimpse reconcile'",
                             picture.value, id.size(), point.point.size());
  }
  std::memcpy(point.point.data(), id.data(), id.size());
  point.sequence = row.integer(column + 1);
  point.payload_sum = static_cast<std::uint64_t>(row.integer(column + 2));
  return point;
}

Result<RemoteCandidate> read_candidate(const Statement& row, GenerationId generation) {
  RemoteCandidate candidate;
  GLIMPSE_ASSIGN_OR_RETURN(candidate.picture, read_picture(row));
  candidate.sequence = row.integer(12);
  if (!row.is_null(13)) candidate.taken_at_ms = row.integer(13);
  candidate.camera = row.text(14);
  candidate.lens = row.text(15);
  if (!row.is_null(16) && !row.is_null(17)) {
    candidate.latitude = row.real(16);
    candidate.longitude = row.real(17);
  }
  if (!row.is_null(18)) {
    GLIMPSE_ASSIGN_OR_RETURN(candidate.told, read_point(row, 18, candidate.picture.id, generation));
  }
  return candidate;
}

}  // namespace

Result<std::vector<RemoteCandidate>> Library::remote_candidates(std::string_view store, GenerationId generation,
                                                                std::int64_t after_sequence, std::int64_t limit) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, reader->query(kCandidates, store, generation.value, after_sequence, limit));
  std::vector<RemoteCandidate> candidates;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return candidates;
    GLIMPSE_ASSIGN_OR_RETURN(auto candidate, read_candidate(rows, generation));
    candidates.push_back(std::move(candidate));
  }
}

Result<std::vector<RemotePoint>> Library::remote_orphans(std::string_view store, GenerationId generation,
                                                         std::int64_t limit) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, reader->query(kOrphans, store, generation.value, limit));
  std::vector<RemotePoint> orphans;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return orphans;
    GLIMPSE_ASSIGN_OR_RETURN(auto orphan, read_point(rows, 1, {rows.integer(0)}, generation));
    orphans.push_back(orphan);
  }
}

Result<std::int64_t> Library::remote_count(std::string_view store, GenerationId generation) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  return reader->integer("SELECT count(*) FROM remote_points WHERE store = ? AND generation = ?", store,
                         generation.value);
}

Result<std::int64_t> Library::remote_waiting(std::string_view store, GenerationId generation) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  return reader->integer(
      "SELECT count(*) FROM vectors v WHERE v.generation = ?2 AND NOT EXISTS (SELECT 1 FROM remote_points t WHERE "
      "t.store = ?1 AND t.picture = v.picture AND t.generation = ?2 AND t.sequence = v.sequence)",
      store, generation.value);
}

Result<bool> Library::remote_in_use(std::string_view store, const RemotePoint& point) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(
      const auto others,
      reader->integer("SELECT count(*) FROM remote_points t JOIN vectors v ON v.picture = t.picture AND v.generation = "
                      "t.generation WHERE t.store = ? AND t.point = ? AND t.generation = ? AND t.picture <> ?",
                      store, bytes_of(point), point.generation.value, point.picture.value));
  return others > 0;
}

Result<void> Library::put_remote(std::string_view store, std::span<const RemotePoint> points) {
  return state_->write([&](Connection& connection) -> Result<void> {
    for (const RemotePoint& point : points) {
      GLIMPSE_RETURN_IF_ERROR(
          connection.run("INSERT OR REPLACE INTO remote_points (store, picture, generation, point, sequence, payload) "
                         "VALUES (?, ?, ?, ?, ?, ?)",
                         store, point.picture.value, point.generation.value, bytes_of(point), point.sequence,
                         static_cast<std::int64_t>(point.payload_sum)));
    }
    return {};
  });
}

Result<void> Library::forget_remote(std::string_view store, std::span<const RemotePoint> points) {
  return state_->write([&](Connection& connection) -> Result<void> {
    for (const RemotePoint& point : points) {
      GLIMPSE_RETURN_IF_ERROR(
          connection.run("DELETE FROM remote_points WHERE store = ? AND picture = ? AND generation = ?", store,
                         point.picture.value, point.generation.value));
    }
    return {};
  });
}

Result<void> Library::forget_remote(std::string_view store, GenerationId generation) {
  return state_->write([&](Connection& connection) {
    return connection.run("DELETE FROM remote_points WHERE store = ? AND generation = ?", store, generation.value);
  });
}

}  // namespace glimpse::library
