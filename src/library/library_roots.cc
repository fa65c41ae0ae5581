// Roots and model generations.
#include <sys/stat.h>

#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "library/library.h"
#include "library/library_state.h"
#include "library/skip_rules.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

Result<std::vector<Root>> read_roots(Connection& connection) {
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, connection.query("SELECT id, path, state, added_at_ms FROM roots ORDER BY id"));
  std::vector<Root> roots;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return roots;
    const auto state = rows.integer(2) == 0 ? RootState::kOnline : RootState::kOffline;
    roots.push_back({{rows.integer(0)}, rows.path(1), state, rows.integer(3)});
  }
}

bool same_directory(const fs::path& a, const fs::path& b) {
  struct stat x{}, y{};
  return ::stat(a.c_str(), &x) == 0 && ::stat(b.c_str(), &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

Result<fs::path> absolute_directory(const fs::path& directory) {
  std::error_code error;
  fs::path path = fs::absolute(directory, error).lexically_normal();
  if (error) return Error::io("{}: {}", display(directory), error.message());
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();  // "x/" is "x"
  return path;
}

/// The deepest root that holds `directory`, whatever the spelling of either.
std::optional<RootPlace> place_among(const std::vector<Root>& roots, const fs::path& directory) {
  fs::path inside;
  for (fs::path outer = directory;; outer = outer.parent_path()) {
    const auto found = std::find_if(roots.begin(), roots.end(), [&](const Root& root) {
      return root.path == outer || same_directory(root.path, outer);
    });
    if (found != roots.end() && !skipped_path(inside)) return RootPlace{found->id, inside};
    if (outer == outer.parent_path()) return std::nullopt;
    inside = inside.empty() ? outer.filename() : outer.filename() / inside;
  }
}

Result<std::optional<Generation>> find_generation(Connection& connection, std::string_view fingerprint) {
  GLIMPSE_ASSIGN_OR_RETURN(
      auto row, connection.query("SELECT id, model, fingerprint, dimension, model_directory, created_at_ms, state "
                                 "FROM generations WHERE fingerprint = ?",
                                 fingerprint));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  if (!found) return std::optional<Generation>();
  GLIMPSE_ASSIGN_OR_RETURN(auto generation, read_generation(row));
  return std::optional<Generation>(std::move(generation));
}

Result<bool> has_active(Connection& connection) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto count, connection.integer("SELECT count(*) FROM generations WHERE state = 1"));
  return count > 0;
}

Result<void> set_generation_state(Connection& connection, GenerationId id, GenerationState state) {
  GLIMPSE_RETURN_IF_ERROR(
      connection.run("UPDATE generations SET state = ? WHERE id = ?", static_cast<int>(state), id.value));
  if (connection.changed_rows() == 0) return Error::not_found("model generation {}: not in this library", id.value);
  return seal_generation(connection, id);
}

/// The generation of facts.fingerprint, made when new; refreshed where the model's name or directory changed.
Result<Generation> put_generation(Connection& connection, const ModelFacts& facts) {
  GLIMPSE_ASSIGN_OR_RETURN(auto known, find_generation(connection, facts.fingerprint));
  if (known && known->dimension != facts.dimension) {
    return Error::invalid_argument("model '{}': its fingerprint {} has {} dimensions in this library, now {}",
                                   facts.model, facts.fingerprint, known->dimension, facts.dimension);
  }
  if (known) {
    GLIMPSE_RETURN_IF_ERROR(connection.run("UPDATE generations SET model = ?, model_directory = ? WHERE id = ?",
                                           facts.model, facts.model_directory, known->id.value));
  } else {
    GLIMPSE_RETURN_IF_ERROR(
        connection.run("INSERT INTO generations (model, fingerprint, dimension, model_directory, created_at_ms, state) "
                       "VALUES (?, ?, ?, ?, ?, 0)",
                       facts.model, facts.fingerprint, facts.dimension, facts.model_directory, now_ms()));
  }
  const GenerationId id = known ? known->id : GenerationId{connection.last_insert_id()};
  GLIMPSE_ASSIGN_OR_RETURN(const bool active, has_active(connection));
  if (!active) {
    GLIMPSE_RETURN_IF_ERROR(set_generation_state(connection, id, GenerationState::kActive));
  } else {
    GLIMPSE_RETURN_IF_ERROR(seal_generation(connection, id));
  }
  GLIMPSE_ASSIGN_OR_RETURN(known, find_generation(connection, facts.fingerprint));
  return *std::move(known);
}

}  // namespace

Result<Generation> read_generation(const Statement& row) {
  const auto dimension = row.integer(3);
  const auto state = row.integer(6);
  if (dimension < 1 || dimension > kMaxDimension || state < 0 || state > 2) {
    return Error::corruption("model generation {}: dimension {} (1 to {}), state {} (0 to 2): the library is damaged",
                             row.integer(0), dimension, kMaxDimension, state);
  }
  Generation generation;
  generation.id = {row.integer(0)};
  generation.model = row.text(1);
  generation.fingerprint = row.text(2);
  generation.dimension = static_cast<int>(dimension);
  generation.model_directory = row.path(4);
  generation.created_at_ms = row.integer(5);
  generation.state = static_cast<GenerationState>(state);
  return generation;
}

Result<void> seal_root(Connection& connection, RootId id) {
  return connection.run("UPDATE roots SET checksum = glimpse_sum(id, path, state, added_at_ms) WHERE id = ?", id.value);
}

Result<void> seal_generation(Connection& connection, GenerationId id) {
  return connection.run(
      "UPDATE generations SET checksum = glimpse_sum(id, model, fingerprint, dimension, model_directory, "
      "created_at_ms, "
      "state) WHERE id = ?",
      id.value);
}

Result<RootPlace> Library::add_root(const fs::path& directory) {
  std::error_code error;
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path path, absolute_directory(directory));
  if (!fs::is_directory(path, error)) {
    return Error::not_found("{}: expected a directory that can be read{}{}", display(path), error ? ": " : "",
                            error ? error.message() : "");
  }
  return state_->write([&](Connection& writer) -> Result<RootPlace> {
    GLIMPSE_ASSIGN_OR_RETURN(const auto roots, read_roots(writer));
    if (auto place = place_among(roots, path)) return *std::move(place);
    GLIMPSE_RETURN_IF_ERROR(
        writer.run("INSERT INTO roots (path, state, added_at_ms) VALUES (?, 0, ?)", path, now_ms()));
    const RootId id{writer.last_insert_id()};
    GLIMPSE_RETURN_IF_ERROR(seal_root(writer, id));
    return RootPlace{id, {}};
  });
}

Result<std::optional<RootPlace>> Library::place_of(const fs::path& directory) const {
  GLIMPSE_ASSIGN_OR_RETURN(const fs::path path, absolute_directory(directory));
  GLIMPSE_ASSIGN_OR_RETURN(const auto all, roots());
  return place_among(all, path);
}

Result<std::vector<Root>> Library::roots() const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  return read_roots(*reader);
}

Result<void> Library::set_root_state(RootId id, RootState state) {
  return state_->write([&](Connection& writer) -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(
        writer.run("UPDATE roots SET state = ? WHERE id = ?", state == RootState::kOnline ? 0 : 1, id.value));
    if (writer.changed_rows() == 0) return Error::not_found("root {}: not in this library", id.value);
    return seal_root(writer, id);
  });
}

Result<void> Library::remove_root(RootId id) {
  return state_->write([&](Connection& writer) -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(writer.run("DELETE FROM roots WHERE id = ?", id.value));
    if (writer.changed_rows() == 0) return Error::not_found("root {}: not in this library", id.value);
    return {};
  });
}

Result<Generation> Library::open_generation(const ModelFacts& facts) {
  if (facts.dimension < 1 || facts.dimension > kMaxDimension || facts.fingerprint.empty()) {
    return Error::invalid_argument("model '{}': expected a fingerprint and 1 to {} dimensions, got '{}' and {}",
                                   facts.model, kMaxDimension, facts.fingerprint, facts.dimension);
  }
  return state_->write([&](Connection& writer) { return put_generation(writer, facts); });
}

Result<std::vector<Generation>> Library::generations() const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(
      auto rows, reader->query("SELECT id, model, fingerprint, dimension, model_directory, created_at_ms, state "
                               "FROM generations ORDER BY id"));
  std::vector<Generation> generations;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return generations;
    GLIMPSE_ASSIGN_OR_RETURN(auto generation, read_generation(rows));
    generations.push_back(std::move(generation));
  }
}

Result<std::optional<Generation>> Library::active_generation() const {
  GLIMPSE_ASSIGN_OR_RETURN(auto all, generations());
  for (auto& generation : all) {
    if (generation.state == GenerationState::kActive) return std::optional<Generation>(std::move(generation));
  }
  return std::optional<Generation>();
}

Result<void> Library::activate(GenerationId id) {
  return state_->write([&](Connection& writer) -> Result<void> {
    GLIMPSE_ASSIGN_OR_RETURN(const auto now,
                             writer.integer("SELECT coalesce(max(id), 0) FROM generations WHERE state = 1"));
    if (now == id.value) return {};
    if (now != 0) GLIMPSE_RETURN_IF_ERROR(set_generation_state(writer, {now}, GenerationState::kRetired));
    return set_generation_state(writer, id, GenerationState::kActive);
  });
}

Result<void> Library::drop_generation(GenerationId id) {
  return state_->write([&](Connection& writer) -> Result<void> {
    GLIMPSE_ASSIGN_OR_RETURN(const auto active,
                             writer.integer("SELECT count(*) FROM generations WHERE id = ? AND state = 1", id.value));
    if (active > 0) {
      return Error::invalid_argument("model generation {}: it answers searches; activate another one first", id.value);
    }
    GLIMPSE_RETURN_IF_ERROR(writer.run("DELETE FROM vectors WHERE generation = ?", id.value));
    GLIMPSE_RETURN_IF_ERROR(writer.run("DELETE FROM generations WHERE id = ?", id.value));
    if (writer.changed_rows() == 0) return Error::not_found("model generation {}: not in this library", id.value);
    return {};
  });
}

}  // namespace glimpse::library
