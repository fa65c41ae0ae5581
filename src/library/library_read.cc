// Reading pictures, failures and vectors, each from a pooled read-only connection.
#include <cstring>

#include "base/hash.h"
#include "index/simd.h"
#include "library/library.h"
#include "library/library_state.h"
#include "library/vector_reader.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

// Statements are cached by address, so each is one static string.
#define GLIMPSE_PICTURE_COLUMNS                                                                     \
  "SELECT p.id, p.root, p.name, p.size_bytes, p.mtime_ns, p.content, p.format, p.width, p.height, " \
  "p.orientation, p.indexed_at_ms, r.path FROM pictures p JOIN roots r ON r.id = p.root "

constexpr std::size_t kVectorKeyBytes = 2 * sizeof(std::int64_t);

FileStamp stamp_from(const Statement& row, int first_column) {
  return {static_cast<std::uint64_t>(row.integer(first_column)), row.integer(first_column + 1)};
}

Result<std::vector<Picture>> read_pictures(Statement& rows) {
  std::vector<Picture> pictures;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return pictures;
    GLIMPSE_ASSIGN_OR_RETURN(auto picture, read_picture(rows));
    pictures.push_back(std::move(picture));
  }
}

Result<std::vector<KnownFile>> read_known_files(Statement& rows, const ScanPart& part) {
  std::vector<KnownFile> files;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return files;
    const auto id = rows.is_null(3) ? std::nullopt : std::optional(ImageId{rows.integer(3)});
    fs::path name = rows.path(0);
    if (part.contains(name.native())) files.push_back({std::move(name), stamp_from(rows, 1), id});
  }
}

Result<std::vector<KnownFile>> all_known_files(Connection& connection, RootId root, const ScanPart& part) {
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows, connection.query("SELECT name, size_bytes, mtime_ns, id FROM pictures WHERE root = ?1 UNION ALL "
                                  "SELECT name, size_bytes, mtime_ns, NULL FROM failures WHERE root = ?1",
                                  root.value));
  return read_known_files(rows, part);
}

Result<std::optional<Picture>> first_picture(Statement& rows) {
  GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
  if (!row) return std::optional<Picture>();
  GLIMPSE_ASSIGN_OR_RETURN(auto picture, read_picture(rows));
  return std::optional<Picture>(std::move(picture));
}

}  // namespace

std::vector<float> to_floats(std::span<const std::uint16_t> halves) {
  std::vector<float> vector(halves.size());
  index::kernels_for(index::best_simd_level()).to_float(halves.data(), vector.data(), halves.size());
  return vector;
}

Result<int> dimension_of(Connection& connection, GenerationId id) {
  GLIMPSE_ASSIGN_OR_RETURN(auto row, connection.query("SELECT dimension FROM generations WHERE id = ?", id.value));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  if (!found) return Error::not_found("model generation {}: not in this library", id.value);
  const auto dimension = row.integer(0);
  if (dimension < 1 || dimension > kMaxDimension) {
    return Error::corruption("{}: model generation {} has dimension {}, expected 1 to {}", connection.file_name(),
                             id.value, dimension, kMaxDimension);
  }
  return static_cast<int>(dimension);
}

std::int64_t vector_checksum(ImageId picture, GenerationId generation, std::span<const std::byte> halves) {
  thread_local std::vector<std::byte> bytes;
  bytes.resize(kVectorKeyBytes + halves.size());
  std::memcpy(bytes.data(), &picture.value, sizeof(picture.value));
  std::memcpy(bytes.data() + sizeof(picture.value), &generation.value, sizeof(generation.value));
  if (!halves.empty()) std::memcpy(bytes.data() + kVectorKeyBytes, halves.data(), halves.size());
  return static_cast<std::int64_t>(hash64(bytes));
}

Result<Picture> read_picture(const Statement& row) {
  Picture picture;
  picture.id = {row.integer(0)};
  picture.root = {row.integer(1)};
  picture.name = row.path(2);
  picture.stamp = stamp_from(row, 3);
  const auto content = row.blob(5);
  if (content.size() != sizeof(picture.content)) {
    return Error::corruption("picture {}: content hash of {} bytes, expected {}: the library is damaged",
                             row.integer(0), content.size(), sizeof(picture.content));
  }
  std::memcpy(&picture.content, content.data(), sizeof(picture.content));
  picture.format = row.text(6);
  picture.width = static_cast<int>(row.integer(7));
  picture.height = static_cast<int>(row.integer(8));
  picture.orientation = static_cast<int>(row.integer(9));
  picture.indexed_at_ms = row.integer(10);
  picture.path = row.path(11) / picture.name;
  return picture;
}

Result<Picture> Library::picture(ImageId id) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto found, pictures(std::span(&id, 1)));
  if (found.empty()) return Error::not_found("picture {}: not in this library", id.value);
  return std::move(found.front());
}

Result<std::vector<Picture>> Library::pictures(std::span<const ImageId> ids) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  std::vector<Picture> pictures;
  pictures.reserve(ids.size());
  for (const ImageId id : ids) {
    GLIMPSE_ASSIGN_OR_RETURN(auto row, reader->query(GLIMPSE_PICTURE_COLUMNS "WHERE p.id = ?", id.value));
    GLIMPSE_ASSIGN_OR_RETURN(auto found, first_picture(row));
    if (found) pictures.push_back(*std::move(found));
  }
  return pictures;
}

Result<std::vector<Picture>> Library::newest(std::int64_t limit, std::int64_t offset) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows,
      reader->query(GLIMPSE_PICTURE_COLUMNS
                    "WHERE p.id IN (SELECT id FROM pictures ORDER BY mtime_ns DESC, id DESC LIMIT ? OFFSET ?) "
                    "ORDER BY p.mtime_ns DESC, p.id DESC",
                    limit, offset));
  return read_pictures(rows);
}

Result<std::optional<Picture>> Library::find(RootId root, const fs::path& name) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(auto row,
                           reader->query(GLIMPSE_PICTURE_COLUMNS "WHERE p.root = ? AND p.name = ?", root.value, name));
  return first_picture(row);
}

Result<std::optional<Picture>> Library::find(const fs::path& name) const {
  GLIMPSE_ASSIGN_OR_RETURN(const auto all, roots());
  for (const Root& root : all) {
    GLIMPSE_ASSIGN_OR_RETURN(auto found, find(root.id, name));
    if (found) return found;
  }
  return std::optional<Picture>();
}

Result<std::vector<Picture>> Library::find_by_content(const Hash128& content, std::uint64_t size_bytes,
                                                      std::int64_t limit) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows, reader->query(GLIMPSE_PICTURE_COLUMNS "WHERE p.content = ? AND p.size_bytes = ? ORDER BY p.id LIMIT ?",
                               std::as_bytes(std::span(&content, 1)), size_bytes, limit));
  return read_pictures(rows);
}

Result<std::vector<KnownFile>> Library::known_files(RootId root) const { return known_files(root, {}); }

Result<std::vector<KnownFile>> Library::known_files(RootId root, const ScanPart& part) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  if (part.inside.empty()) return all_known_files(*reader, root, part);
  // Names below "a/b" are those from "a/b/" up to before "a/b0": '0' follows '/'. The name itself is one more.
  const std::string& directory = part.inside.native();
  const fs::path first = directory + '/';
  const fs::path past = directory + '0';
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows,
      reader->query("SELECT name, size_bytes, mtime_ns, id FROM pictures WHERE root = ?1 AND (name = ?2 OR "
                    "(name >= ?3 AND name < ?4)) UNION ALL "
                    "SELECT name, size_bytes, mtime_ns, NULL FROM failures WHERE root = ?1 AND (name = ?2 OR "
                    "(name >= ?3 AND name < ?4))",
                    root.value, part.inside, first, past));
  return read_known_files(rows, part);
}

Result<std::int64_t> Library::pictures_of(RootId id) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(auto row, reader->query("SELECT count(*) FROM pictures WHERE root = ?", id.value));
  GLIMPSE_RETURN_IF_ERROR(row.step());
  return row.integer(0);
}

Result<std::vector<Failure>> Library::failures(std::int64_t limit, std::int64_t offset) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows, reader->query("SELECT f.root, f.name, f.size_bytes, f.mtime_ns, f.reason, f.message, f.first_seen_ms, "
                               "f.last_seen_ms, r.path FROM failures f JOIN roots r ON r.id = f.root "
                               "ORDER BY f.root, f.name LIMIT ? OFFSET ?",
                               limit, offset));
  std::vector<Failure> failures;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return failures;
    Failure& failure = failures.emplace_back();
    failure.root = {rows.integer(0)};
    failure.name = rows.path(1);
    failure.stamp = stamp_from(rows, 2);
    failure.reason = rows.text(4);
    failure.message = rows.text(5);
    failure.first_seen_ms = rows.integer(6);
    failure.last_seen_ms = rows.integer(7);
    failure.path = rows.path(8) / failure.name;
  }
}

Result<Status> Library::status() const {
  Status status;
  GLIMPSE_ASSIGN_OR_RETURN(status.roots, roots());
  GLIMPSE_ASSIGN_OR_RETURN(status.active, active_generation());
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(status.pictures, reader->integer("SELECT count(*) FROM pictures"));
  GLIMPSE_ASSIGN_OR_RETURN(status.failures, reader->integer("SELECT count(*) FROM failures"));
  const std::int64_t active = status.active ? status.active->id.value : 0;
  GLIMPSE_ASSIGN_OR_RETURN(status.vectors,
                           reader->integer("SELECT count(*) FROM vectors WHERE generation = ?", active));
  return status;
}

Result<std::vector<Picture>> Library::missing_vectors(GenerationId id, ImageId after, std::int64_t limit) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows, reader->query(GLIMPSE_PICTURE_COLUMNS
                               "WHERE p.id > ? AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.picture = p.id AND "
                               "v.generation = ?) ORDER BY p.id LIMIT ?",
                               after.value, id.value, limit));
  return read_pictures(rows);
}

Result<std::vector<LackingPicture>> Library::lacking_pictures(GenerationId id) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows, reader->query("SELECT p.id, p.root FROM pictures p WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE "
                               "v.picture = p.id AND v.generation = ?) ORDER BY p.id",
                               id.value));
  std::vector<LackingPicture> lacking;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return lacking;
    lacking.push_back({{rows.integer(0)}, {rows.integer(1)}});
  }
}

Result<std::vector<float>> Library::vector_of(GenerationId generation, ImageId picture) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const int dimension, dimension_of(*reader, generation));
  GLIMPSE_ASSIGN_OR_RETURN(auto row,
                           reader->query("SELECT halves, checksum FROM vectors WHERE picture = ? AND generation = ?",
                                         picture.value, generation.value));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  if (!found) return Error::not_found("picture {}: no vector of model generation {}", picture.value, generation.value);
  VectorReader stored(generation, dimension);
  const auto halves = stored.read(picture, row.blob(0), row.integer(1));
  if (halves.empty()) {
    return Error::corruption("{}: the vector of picture {} is damaged: index again to renew it", reader->file_name(),
                             picture.value);
  }
  return to_floats(halves);
}

Result<std::optional<std::vector<float>>> Library::vector_of_content(GenerationId generation, const Hash128& content,
                                                                     std::uint64_t size_bytes) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const int dimension, dimension_of(*reader, generation));
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows, reader->query("SELECT v.picture, v.halves, v.checksum FROM pictures p JOIN vectors v ON "
                               "v.picture = p.id AND v.generation = ? WHERE p.content = ? AND p.size_bytes = ?",
                               generation.value, std::as_bytes(std::span(&content, 1)), size_bytes));
  VectorReader stored(generation, dimension);
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return std::optional<std::vector<float>>();
    const auto halves = stored.read({rows.integer(0)}, rows.blob(1), rows.integer(2));
    if (!halves.empty()) return std::optional(to_floats(halves));
  }
}

Result<void> Library::for_each_vector(GenerationId generation, std::int64_t after_sequence,
                                      const std::function<void(const StoredVector&)>& visit) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const int dimension, dimension_of(*reader, generation));
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, reader->query("SELECT sequence, picture, halves, checksum FROM vectors "
                                                    "WHERE sequence > ? AND generation = ? ORDER BY sequence",
                                                    after_sequence, generation.value));
  VectorReader stored(generation, dimension);
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return {};
    const ImageId picture{rows.integer(1)};
    visit({picture, rows.integer(0), stored.read(picture, rows.blob(2), rows.integer(3))});
  }
}

Result<void> Library::for_each_sequence(GenerationId generation,
                                        const std::function<void(ImageId, std::int64_t)>& visit) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows, reader->query("SELECT picture, sequence FROM vectors WHERE generation = ?", generation.value));
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return {};
    visit({rows.integer(0)}, rows.integer(1));
  }
}

}  // namespace glimpse::library
