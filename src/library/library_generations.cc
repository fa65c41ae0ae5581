// Model generations: made, switched, dropped. docs/adr/0023.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "library/library.h"
#include "library/library_state.h"
#include "library/schema.h"

namespace glimpse::library {
namespace {

constexpr const char* kHistoryKey = "generation_history";
constexpr std::size_t kMaxHistory = 16;

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

/// Ids of generations that were active, the latest first.
Result<std::vector<std::int64_t>> read_history(Connection& connection) {
  GLIMPSE_ASSIGN_OR_RETURN(auto row, connection.query("SELECT value FROM settings WHERE key = ?", kHistoryKey));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  std::vector<std::int64_t> ids;
  if (!found) return ids;
  std::istringstream text(std::string(row.text(0)));
  for (std::int64_t id = 0; text >> id;) ids.push_back(id);
  return ids;
}

/// Puts `id` first.
Result<void> note_activation(Connection& connection, GenerationId id) {
  GLIMPSE_ASSIGN_OR_RETURN(auto ids, read_history(connection));
  std::erase(ids, id.value);
  ids.insert(ids.begin(), id.value);
  if (ids.size() > kMaxHistory) ids.resize(kMaxHistory);
  return connection.run(
      "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", kHistoryKey,
      fmt::format("{}", fmt::join(ids, " ")));
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
    GLIMPSE_RETURN_IF_ERROR(note_activation(connection, id));
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

Result<void> seal_generation(Connection& connection, GenerationId id) {
  return connection.run(
      "UPDATE generations SET checksum = glimpse_sum(id, model, fingerprint, dimension, model_directory, "
      "created_at_ms, "
      "state) WHERE id = ?",
      id.value);
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
    if (now != 0) {
      GLIMPSE_RETURN_IF_ERROR(set_generation_state(writer, {now}, GenerationState::kRetired));
      GLIMPSE_RETURN_IF_ERROR(note_activation(writer, {now}));  // a library of before there was a history
    }
    GLIMPSE_RETURN_IF_ERROR(set_generation_state(writer, id, GenerationState::kActive));
    return note_activation(writer, id);
  });
}

Result<std::optional<Generation>> Library::previous_generation() const {
  GLIMPSE_ASSIGN_OR_RETURN(auto all, generations());
  std::erase_if(all, [](const Generation& generation) { return generation.state != GenerationState::kRetired; });
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const auto history, read_history(*reader));
  for (const std::int64_t id : history) {
    const auto found = std::ranges::find(all, GenerationId{id}, &Generation::id);
    if (found != all.end()) return std::optional<Generation>(std::move(*found));
  }
  return all.empty() ? std::nullopt : std::optional<Generation>(std::move(all.back()));
}

Result<GenerationHoldings> Library::holdings(GenerationId id) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(auto row,
                           reader->query("SELECT count(v.sequence), g.dimension FROM generations g LEFT JOIN vectors v "
                                         "ON v.generation = g.id WHERE g.id = ?",
                                         id.value));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  if (!found || row.is_null(1)) return Error::not_found("model generation {}: not in this library", id.value);
  // Beside its numbers a row has its keys, its checksum and its place in two trees.
  constexpr std::int64_t kRowBytes = 48;
  const std::int64_t vectors = row.integer(0);
  return GenerationHoldings{vectors, vectors * (row.integer(1) * 2 + kRowBytes)};
}

Result<VectorMarks> Library::vector_marks(GenerationId id) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(const auto version, schema_version(*reader));
  constexpr std::int64_t kCountsLosses = 3;
  GLIMPSE_ASSIGN_OR_RETURN(
      auto row,
      version >= kCountsLosses
          ? reader->query("SELECT (SELECT max(sequence) FROM vectors), (SELECT losses FROM vector_losses "
                          "WHERE generation = ?1) FROM generations WHERE id = ?1",
                          id.value)
          : reader->query("SELECT (SELECT max(sequence) FROM vectors), -1 FROM generations WHERE id = ?1", id.value));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  if (!found) return Error::not_found("model generation {}: not in this library", id.value);
  return VectorMarks{row.integer(0), row.integer(1)};  // null, as where there is none, reads as 0
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
