// The tables of library.sqlite and how they came to be.
//
// kMigrations[n] brings version n to n + 1; a new file runs them all. A step is never edited once released: add one.
// Migrated and fresh files have the same schema text, so after migrating the text in the file is compared to that of an
// empty database made in memory: a damaged schema is found when the library opens, not in the middle of a query.
//
// Rows that cannot be checked against a file on disk carry a checksum over their values (glimpse_sum, row_sum.cc).
#include "library/schema.h"

#include <unistd.h>

#include <array>
#include <string>
#include <system_error>

#include "base/file.h"

namespace glimpse::library {
namespace {

constexpr const char* kVersion1 = R"sql(
CREATE TABLE roots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path BLOB NOT NULL UNIQUE,
  state INTEGER NOT NULL,
  added_at_ms INTEGER NOT NULL,
  checksum INTEGER
) STRICT;
CREATE TABLE pictures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root INTEGER NOT NULL REFERENCES roots(id) ON DELETE CASCADE,
  name BLOB NOT NULL,
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  content BLOB NOT NULL,
  format TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  orientation INTEGER NOT NULL,
  indexed_at_ms INTEGER NOT NULL,
  checksum INTEGER,
  UNIQUE (root, name)
) STRICT;
CREATE INDEX pictures_by_content ON pictures (content, size_bytes);
CREATE INDEX pictures_by_time ON pictures (mtime_ns DESC, id DESC);
CREATE TABLE failures (
  root INTEGER NOT NULL REFERENCES roots(id) ON DELETE CASCADE,
  name BLOB NOT NULL,
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (root, name)
) STRICT;
CREATE TABLE generations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE,
  dimension INTEGER NOT NULL,
  model_directory BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL,
  state INTEGER NOT NULL,
  checksum INTEGER
) STRICT;
CREATE UNIQUE INDEX one_active_generation ON generations (state) WHERE state = 1;
CREATE TABLE vectors (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  picture INTEGER NOT NULL REFERENCES pictures(id) ON DELETE CASCADE,
  generation INTEGER NOT NULL REFERENCES generations(id) ON DELETE CASCADE,
  halves BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  UNIQUE (picture, generation)
) STRICT;
CREATE TABLE settings (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT;
)sql";

// Captions belong to content, as pictures with the same bytes look the same. caption_words indexes their words and
// keeps no text of its own. Triggers may not write to it (trusted_schema=OFF), so they only note which contents a
// picture has left; before each commit caption_rows.cc forgets the captions of those that no picture has any more.
constexpr const char* kVersion2 = R"sql(
CREATE TABLE captions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  content BLOB NOT NULL,
  source INTEGER NOT NULL,
  model TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  settings TEXT NOT NULL,
  text TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  checksum INTEGER,
  UNIQUE (content, source, fingerprint, settings)
) STRICT;
CREATE VIRTUAL TABLE caption_words USING fts5(
  text, content='captions', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
CREATE TABLE left_contents (content BLOB PRIMARY KEY NOT NULL) STRICT;
CREATE TRIGGER picture_erased AFTER DELETE ON pictures
WHEN EXISTS (SELECT 1 FROM captions WHERE content = old.content)
BEGIN
  INSERT OR IGNORE INTO left_contents (content) VALUES (old.content);
END;
CREATE TRIGGER picture_changed AFTER UPDATE OF content ON pictures
WHEN old.content <> new.content AND EXISTS (SELECT 1 FROM captions WHERE content = old.content)
BEGIN
  INSERT OR IGNORE INTO left_contents (content) VALUES (old.content);
END;
)sql";

// What a picture's own file says of it, for filters; what a root takes and passes over; what index files on disk are
// compared with; what a remote store was told. docs/formats/library.md.
constexpr const char* kVersion3 = R"sql(
CREATE TABLE details (
  picture INTEGER PRIMARY KEY REFERENCES pictures(id) ON DELETE CASCADE,
  taken_at_ms INTEGER,
  camera TEXT NOT NULL,
  lens TEXT NOT NULL,
  latitude REAL,
  longitude REAL,
  checksum INTEGER
) STRICT;
CREATE INDEX details_by_time ON details (taken_at_ms);
CREATE INDEX details_by_camera ON details (camera);
CREATE INDEX details_by_lens ON details (lens);
CREATE INDEX details_by_place ON details (latitude, longitude) WHERE latitude IS NOT NULL;
CREATE INDEX pictures_by_form ON pictures (format, width, height);
CREATE TABLE globs (
  root INTEGER NOT NULL REFERENCES roots(id) ON DELETE CASCADE,
  kind INTEGER NOT NULL,
  pattern BLOB NOT NULL,
  PRIMARY KEY (root, kind, pattern)
) STRICT;
CREATE TABLE vector_losses (
  generation INTEGER PRIMARY KEY,
  losses INTEGER NOT NULL
) STRICT;
CREATE TRIGGER vector_erased AFTER DELETE ON vectors
BEGIN
  INSERT INTO vector_losses (generation, losses) VALUES (old.generation, 1)
  ON CONFLICT (generation) DO UPDATE SET losses = losses + 1;
END;
CREATE TABLE remote_points (
  store TEXT NOT NULL,
  picture INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  point BLOB NOT NULL,
  sequence INTEGER NOT NULL,
  payload INTEGER NOT NULL,
  PRIMARY KEY (store, picture, generation)
) STRICT;
CREATE INDEX remote_points_by_point ON remote_points (store, point);
)sql";

// What people said of pictures as answers to a query. A judgment belongs to content and outlives its pictures: nobody
// but the person could make it again. docs/formats/library.md.
constexpr const char* kVersion4 = R"sql(
CREATE TABLE judgments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  query TEXT NOT NULL,
  words TEXT NOT NULL,
  content BLOB NOT NULL,
  judge TEXT NOT NULL,
  grade INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  model TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  judged_at_ms INTEGER NOT NULL,
  checksum INTEGER,
  UNIQUE (query, content, judge)
) STRICT;
)sql";

constexpr std::array<const char*, kSchemaVersion> kMigrations = {kVersion1, kVersion2, kVersion3, kVersion4};

constexpr const char* kSetVersion[] = {nullptr, "PRAGMA user_version = 1", "PRAGMA user_version = 2",
                                       "PRAGMA user_version = 3", "PRAGMA user_version = 4"};
static_assert(std::size(kSetVersion) == kMigrations.size() + 1);

Result<void> run_migrations(Connection& connection, std::size_t from, std::size_t to) {
  for (std::size_t version = from; version < to; ++version) {
    GLIMPSE_ASSIGN_OR_RETURN(auto transaction, Transaction::begin(connection));
    GLIMPSE_RETURN_IF_ERROR(connection.execute(kMigrations.at(version)));
    GLIMPSE_RETURN_IF_ERROR(connection.execute(kSetVersion[version + 1]));
    GLIMPSE_RETURN_IF_ERROR(transaction.commit());
  }
  return {};
}

Result<std::string> schema_text(Connection& connection) {
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, connection.query("SELECT name, sql FROM sqlite_schema ORDER BY name"));
  std::string text;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return text;
    // Internal tables such as sqlite_stat1 come and go.
    if (rows.text(0).starts_with("sqlite_")) continue;
    text.append(rows.text(0)).append(1, '\n');
    // The tables behind the index of words are SQLite's own, worded as its version likes.
    if (!rows.text(0).starts_with("caption_words_")) text.append(rows.text(1)).append(1, '\n');
  }
}

Result<void> compare_schema(Connection& connection, std::size_t version) {
  GLIMPSE_ASSIGN_OR_RETURN(auto blank, Connection::open(":memory:", ConnectionMode::kCreate));
  GLIMPSE_RETURN_IF_ERROR(run_migrations(*blank, 0, version));
  GLIMPSE_ASSIGN_OR_RETURN(const std::string expected, schema_text(*blank));
  GLIMPSE_ASSIGN_OR_RETURN(const std::string found, schema_text(connection));
  if (found == expected) return {};
  return Error::corruption(
      "{}: its tables are not those of schema version {}: the file is damaged or was changed by another program; "
      "restore the library from a backup, or move its directory away and index again (pictures are never changed)",
      connection.file_name(), version);
}

Result<void> build(const std::filesystem::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(auto connection, Connection::open(file, ConnectionMode::kCreate));
  GLIMPSE_RETURN_IF_ERROR(
      connection->execute("PRAGMA page_size=8192; PRAGMA journal_mode=DELETE; "
                          "PRAGMA synchronous=FULL; PRAGMA application_id=0x474C4D50;"));
  return run_migrations(*connection, 0, kMigrations.size());
}

}  // namespace

Result<void> create_database(const std::filesystem::path& file) {
  const std::filesystem::path unfinished = file.native() + ".new";
  std::error_code ignored;
  std::filesystem::remove(unfinished, ignored);
  GLIMPSE_RETURN_IF_ERROR(build(unfinished));
  // Small (a few pages), so reading it back and writing it by way of the atomic writer costs nothing.
  constexpr std::uint64_t kMaxEmptyDatabase = 1 << 20;
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(unfinished, kMaxEmptyDatabase));
  std::filesystem::remove(unfinished, ignored);
  return write_file_atomically(file, bytes);
}

Result<void> migrate(Connection& connection, bool may_write) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto application, connection.integer("PRAGMA application_id"));
  GLIMPSE_ASSIGN_OR_RETURN(const auto version, connection.integer("PRAGMA user_version"));
  if (application != kApplicationId) {
    return Error::corruption("{}: expected application id {:#x}, got {:#x}: this SQLite file is no glimpse library",
                             connection.file_name(), kApplicationId, application);
  }
  if (version > kSchemaVersion) {
    return Error::unsupported("{}: schema version {}, this build knows up to {}: update glimpse",
                              connection.file_name(), version, kSchemaVersion);
  }
  if (version < 1) {
    return Error::corruption(
        "{}: schema version {}, expected 1 to {}; restore the library from a backup or index again",
        connection.file_name(), version, kSchemaVersion);
  }
  const auto found = static_cast<std::size_t>(version);
  if (!may_write) return compare_schema(connection, found);
  GLIMPSE_RETURN_IF_ERROR(run_migrations(connection, found, kMigrations.size()));
  return compare_schema(connection, kMigrations.size());
}

Result<std::int64_t> schema_version(Connection& connection) { return connection.integer("PRAGMA user_version"); }

Result<bool> has_captions(Connection& connection) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto version, schema_version(connection));
  return version >= 2;
}

Result<bool> has_details(Connection& connection) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto version, schema_version(connection));
  return version >= 3;
}

Result<bool> has_judgments(Connection& connection) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto version, schema_version(connection));
  return version >= 4;
}

}  // namespace glimpse::library
